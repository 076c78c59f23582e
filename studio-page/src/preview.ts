// What the browser can do itself is heard at once: speed (with or without the pitch) and the levels of delivered parts.
// Everything else is named as heard after rendering. "As it is" and "as wished" change over in the same place.

import type { Mixer } from "./mixer";
import type { Player } from "./player";
import { Parts } from "./sound";

const TAKES_PITCH_ALONG = ["sped_up", "nightcore", "slowed_reverb"];
const OWN_SPEED: Readonly<Record<string, number>> = { nightcore: 25, slowed_reverb: -15, sped_up: 15 };
const LATER = ["style", "key", "vocals", "effect", "harmony", "feel", "metre", "other", "groove", "sections", "seconds"];
const SLOWEST = 0.25;
const FASTEST = 4;

export class Preview {
  private wished = true;
  private parts: Parts | undefined;
  private loading = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly player: Player,
    private readonly form: HTMLFormElement,
    private readonly mixer: Mixer | undefined,
  ) {
    root.hidden = false;
    for (const button of this.buttons()) button.addEventListener("click", () => this.as(button.dataset["as"] === "wished"));
    player.root.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "x") return;
      event.preventDefault();
      this.as(!this.wished);
    });
    this.hear();
  }

  /** Lets the player sound as the form stands. */
  hear(): void {
    const speed = this.wished ? this.speed() : 0;
    const kind = this.value("kind");
    const sound = this.player.sound;
    sound.preservesPitch = !TAKES_PITCH_ALONG.includes(kind);
    sound.playbackRate = Math.min(Math.max(1 + speed / 100, SLOWEST), FASTEST);
    const levels = this.mixer?.heard() ?? new Map<string, number>();
    const moved = [...levels.values()].some((factor) => factor !== 1);
    if (this.parts) for (const [part, factor] of levels) this.parts.level(part, this.wished ? factor : 1);
    else if (moved && this.mixer?.apart) void this.load();
    this.say(speed, moved);
  }

  private as(wished: boolean): void {
    this.wished = wished;
    for (const button of this.buttons()) {
      button.setAttribute("aria-pressed", String((button.dataset["as"] === "wished") === wished));
    }
    this.hear();
  }

  private speed(): number {
    const said = Number(this.value("tempo").replace(",", ".").replace("−", "-"));
    return said || (this.value("tempo") ? 0 : (OWN_SPEED[this.value("kind")] ?? 0));
  }

  private async load(): Promise<void> {
    if (this.loading || !this.mixer) return;
    this.loading = true;
    const context = new AudioContext();
    const buffers = new Map<string, AudioBuffer>();
    try {
      for (const part of this.mixer.names) {
        this.told(`Getting the parts: ${buffers.size + 1} of ${this.mixer.names.length}`);
        const answer = await fetch(this.mixer.address(part), { credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        buffers.set(part, await context.decodeAudioData(await answer.arrayBuffer()));
      }
    } catch {
      await context.close();
      this.told("The parts could not be fetched; the levels are heard after rendering.");
      return;
    }
    this.parts = new Parts(context, buffers);
    this.player.soundWith(this.parts);
    this.hear();
  }

  private say(speed: number, moved: boolean): void {
    if (!this.wished) {
      this.told("You hear the song as it is.");
      return;
    }
    const now = [speed ? `speed ${speed > 0 ? "+" : ""}${speed} %` : "", moved && this.parts ? "levels" : ""];
    const later = LATER.filter((name) => this.value(name)).map((name) => this.label(name));
    if (moved && !this.parts && !this.loading) later.unshift("levels");
    const heard = now.filter(Boolean).join(", ");
    const words = [heard ? `Heard now: ${heard}.` : "", later.length ? `Heard after rendering: ${later.join(", ")}.` : ""];
    if (speed && this.parts && this.player.sound.preservesPitch) {
      words.push("While the parts are mixed here the pitch moves with the speed; in the render it stays.");
    }
    this.told(words.filter(Boolean).join(" ") || "Nothing is changed yet.");
  }

  private label(name: string): string {
    const field = this.form.elements.namedItem(name);
    const label = field instanceof HTMLElement ? this.form.querySelector(`label[for="${field.id}"]`) : null;
    return (label?.textContent ?? name).toLowerCase();
  }

  private value(name: string): string {
    const field = this.form.elements.namedItem(name);
    return field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value : "";
  }

  private told(words: string): void {
    const place = this.root.querySelector<HTMLElement>("[data-heard-now]");
    if (place && place.textContent !== words) place.textContent = words;
  }

  private buttons(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>("[data-as]")];
  }
}
