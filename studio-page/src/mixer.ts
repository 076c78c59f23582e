// A fader, a mute and a solo for every part. Levels and mutes are the recipe's; solo is for listening only. The form's
// own field holds the levels as "drums -3, lead +1".

import { type Room, text } from "./dials";

const LOWEST = -24;
const HIGHEST = 6;
const MUTED = -96;

interface Strip {
  readonly part: string;
  readonly slider: HTMLInputElement;
  readonly mute: HTMLButtonElement;
  readonly solo: HTMLButtonElement;
  readonly value: HTMLElement;
}

export class Mixer {
  readonly names: readonly string[];
  readonly apart: boolean;
  private readonly strips: Strip[] = [];
  private readonly field: HTMLInputElement;
  private readonly stop: HTMLElement;
  private soloed = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly asked: () => string,
    private readonly listen: () => void,
  ) {
    this.names = JSON.parse(root.dataset["mixer"] ?? "[]") as string[];
    this.apart = "apart" in root.dataset;
    const field = root.querySelector<HTMLInputElement>("input[name=levels]");
    if (!field) throw new Error("a mixer without its field");
    this.field = field;
    const desk = text("div", "", "mixer");
    desk.setAttribute("role", "group");
    desk.setAttribute("aria-labelledby", "w-mixer");
    for (const part of this.names) desk.append(this.strip(part));
    this.stop = text("p", "", "aside stop");
    this.stop.setAttribute("role", "status");
    const wrap = root.querySelector<HTMLElement>("[data-levels-field]");
    if (wrap) wrap.hidden = true;
    wrap?.after(desk, this.stop);
    this.show();
  }

  address(part: string): string {
    return `${this.root.dataset["sound"] ?? ""}${encodeURIComponent(part)}?${this.asked()}`;
  }

  within(room: Room): void {
    const shut = this.names.filter((part) => !room.parts?.includes(part));
    for (const strip of this.strips) {
      const closed = shut.includes(strip.part);
      strip.slider.disabled = closed;
      strip.mute.disabled = closed;
      strip.solo.disabled = closed || !this.apart;
    }
    this.stop.textContent = shut.length ? `${shut.join(", ")}: ${room.parts_why ?? room.said}` : "";
  }

  /** Draws the faders as the field stands. */
  show(): void {
    const levels = this.levels();
    for (const strip of this.strips) this.draw(strip, levels.get(strip.part) ?? 0);
  }

  /** Factor of each part as it is to be heard now, solo included. */
  heard(): Map<string, number> {
    const levels = this.levels();
    return new Map(
      this.names.map((part) => {
        const db = levels.get(part) ?? 0;
        const silent = db <= MUTED || (this.soloed !== "" && this.soloed !== part);
        return [part, silent ? 0 : 10 ** (db / 20)] as const;
      }),
    );
  }

  private levels(): Map<string, number> {
    const found = new Map<string, number>();
    for (const row of this.field.value.split(",")) {
      const [part, db] = row.replace("=", " ").trim().split(/\s+/);
      if (part && db !== undefined && !Number.isNaN(Number(db))) found.set(part, Number(db));
    }
    return found;
  }

  private strip(part: string): HTMLElement {
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = String(LOWEST);
    slider.max = String(HIGHEST);
    slider.step = "0.5";
    const spoken = part.replaceAll("_", " ");
    slider.setAttribute("aria-label", `Level of ${spoken}`);
    const mute = toggle("M", `Leave out ${spoken}`);
    const solo = toggle("S", `Hear ${spoken} alone; only for listening`);
    const value = text("output", "", "number");
    const strip: Strip = { part, slider, mute, solo, value };
    this.strips.push(strip);
    slider.addEventListener("input", () => this.set(part, Number(slider.value), false));
    slider.addEventListener("change", () => this.set(part, Number(slider.value), true));
    mute.addEventListener("click", () => this.set(part, (this.levels().get(part) ?? 0) <= MUTED ? 0 : MUTED, true));
    solo.addEventListener("click", () => {
      this.soloed = this.soloed === part ? "" : part;
      for (const one of this.strips) one.solo.setAttribute("aria-pressed", String(one.part === this.soloed));
      this.listen();
    });
    const row = text("div", "", "strip");
    row.append(text("span", spoken, "strip-name"), mute, solo, slider, value);
    return row;
  }

  private set(part: string, db: number, done: boolean): void {
    const levels = this.levels();
    levels.set(part, db);
    this.field.value = [...levels]
      .filter(([, level]) => level !== 0)
      .map(([name, level]) => `${name} ${level > 0 ? "+" : ""}${level}`)
      .join(", ");
    this.show();
    this.field.dispatchEvent(new Event(done ? "change" : "input", { bubbles: true }));
  }

  private draw(strip: Strip, db: number): void {
    const muted = db <= MUTED;
    strip.slider.value = String(muted ? LOWEST : db);
    strip.mute.setAttribute("aria-pressed", String(muted));
    strip.value.textContent = muted ? "off" : `${db > 0 ? "+" : ""}${db} dB`;
    strip.slider.setAttribute("aria-valuetext", strip.value.textContent);
  }
}

function toggle(letter: string, words: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "toggle strip-button";
  made.textContent = letter;
  made.setAttribute("aria-label", words);
  made.title = words;
  made.setAttribute("aria-pressed", "false");
  return made;
}
