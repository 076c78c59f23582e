// The studio of one song: controls that stop where the consent stops, sound at once, undo, and the licence check told
// while the wish is made. Without a script the form is sent and answered as a page.

import { choosers, Dial, type Room } from "./dials";
import { state, Steps } from "./history";
import { Mixer } from "./mixer";
import type { Player } from "./player";
import { Preview } from "./preview";
import { SectionOrder } from "./sections";

const PAUSE = 350;

export function studio(players: readonly Player[]): void {
  const form = document.querySelector<HTMLFormElement>("form[data-studio]");
  if (form) new Studio(form, players[0]);
}

class Studio {
  private readonly base: string;
  private readonly dials: Dial[];
  private readonly mixer: Mixer | undefined;
  private readonly order: SectionOrder | undefined;
  private readonly preview: Preview | undefined;
  private readonly steps: Steps | undefined;
  private readonly listens: readonly string[];
  private readonly rooms = new Map<string, Promise<Room | undefined>>();
  private waiting = 0;
  private asked = 0;

  constructor(
    private readonly form: HTMLFormElement,
    player: Player | undefined,
  ) {
    this.base = form.dataset["studio"] ?? "";
    this.listens = (form.dataset["listens"] ?? "").split(" ");
    this.dials = [...form.querySelectorAll<HTMLElement>("[data-dial]")].map((one) => new Dial(one));
    const mixer = form.querySelector<HTMLElement>("[data-mixer]");
    this.mixer = mixer ? new Mixer(mixer, () => this.whose(), () => this.preview?.hear()) : undefined;
    const sections = form.querySelector<HTMLElement>("[data-form]");
    this.order = sections ? new SectionOrder(sections) : undefined;
    const live = document.querySelector<HTMLElement>("[data-live-sound]");
    if (live && player) this.preview = new Preview(live, player, form, this.mixer);
    const [undo, redo] = ["undo", "redo"].map((name) => form.querySelector<HTMLButtonElement>(`[data-${name}]`));
    if (undo && redo) this.steps = new Steps(form, undo, redo, () => this.laidBack());
    form.addEventListener("input", () => this.preview?.hear());
    form.addEventListener("change", (event) => this.changed(event.target));
    this.field("kind")?.addEventListener("focus", () => void this.markKinds(), { once: true });
    void this.takeRoom(false);
  }

  private changed(target: EventTarget | null): void {
    const name = target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.name : "";
    if (name === "say" || name === "draft_name") return;
    this.steps?.keep();
    this.preview?.hear();
    if (["kind", "maker", "places"].includes(name)) void this.takeRoom(true);
    this.ask();
  }

  private laidBack(): void {
    for (const dial of this.dials) dial.show();
    this.mixer?.show();
    this.order?.show();
    this.preview?.hear();
    void this.takeRoom(false);
    this.ask();
  }

  // ── the room of a kind ──

  private async takeRoom(moves: boolean): Promise<void> {
    const kind = this.field("kind")?.value || "edit";
    const room = await this.room(kind);
    if (!room || (this.field("kind")?.value || "edit") !== kind) return;
    const shut = room.answer === "deny" || room.answer === "impossible";
    for (const dial of this.dials) dial.within(shut ? undefined : room.controls?.[dial.name], room.said, moves);
    this.mixer?.within(room);
    this.order?.within(room);
    choosers(this.form, room);
    const said = this.form.querySelector<HTMLElement>("[data-kind-said]");
    if (said) {
      said.textContent = room.said;
      said.dataset["stands"] = room.answer;
    }
  }

  private room(kind: string): Promise<Room | undefined> {
    const address = `${this.base}/room?kind=${encodeURIComponent(kind)}&${this.whose()}`;
    const known = this.rooms.get(address) ?? told<Room>(address);
    this.rooms.set(address, known);
    return known;
  }

  /** Says beside each kind whether the holders offer it; asked when the list is first opened. */
  private async markKinds(): Promise<void> {
    const field = this.field("kind");
    if (!(field instanceof HTMLSelectElement)) return;
    for (const option of field.options) {
      if (!option.value) continue;
      const room = await this.room(option.value);
      if (room && room.answer !== "allow" && !option.dataset["told"]) {
        option.dataset["told"] = room.answer;
        option.text += room.answer === "needs_approval" ? " (somebody is asked first)" : " (not offered)";
      }
    }
  }

  // ── the licence check ──

  private ask(): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.check(), PAUSE);
  }

  private async check(): Promise<void> {
    const place = document.querySelector<HTMLElement>("[data-answer]");
    if (!place) return;
    const mine = ++this.asked;
    const kind = this.field("kind")?.value ?? "";
    const sent = state(this.form);
    if (this.listens.includes(kind) || this.field("groove")?.value) {
      const words = document.createElement("p");
      words.className = "note";
      words.textContent = "Press “Propose a recipe”: the song is listened to for this, which takes some seconds.";
      place.replaceChildren(words);
      return;
    }
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${this.base}?${sent}`, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = parsed.querySelector<HTMLElement>("[data-answer]");
      if (mine !== this.asked || !fresh) return;
      place.replaceChildren(...fresh.childNodes);
      history.replaceState(null, "", `${this.base}?${sent}`);
    } catch {
      // the last answer stays; the button asks again
    } finally {
      if (mine === this.asked) place.removeAttribute("aria-busy");
    }
  }

  private whose(): string {
    const asked = new URLSearchParams();
    for (const name of ["maker", "places"]) asked.set(name, this.field(name)?.value ?? "");
    return asked.toString();
  }

  private field(name: string): HTMLInputElement | HTMLSelectElement | undefined {
    const found = this.form.elements.namedItem(name);
    return found instanceof HTMLInputElement || found instanceof HTMLSelectElement ? found : undefined;
  }
}

async function told<T>(address: string): Promise<T | undefined> {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    return answer.ok ? ((await answer.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}
