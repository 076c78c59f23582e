// One recording in the player: its sound, its waveform as a slider, and its beats, bars and sections.

import type { Sound } from "./sound";

export type Part = "original" | "derivative";

interface Section {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

export function timecode(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function spoken(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = `${whole % 60} seconds`;
  return minutes ? `${minutes} ${minutes === 1 ? "minute" : "minutes"} ${rest}` : rest;
}

export class Voice {
  readonly part: Part;
  readonly name: string;
  sound: Sound;
  readonly length: number;
  readonly beats: readonly number[];
  readonly bars: readonly number[];
  readonly sections: readonly Section[];
  private place = 0;
  private readonly past: SVGRectElement | null;
  private readonly head: SVGLineElement | null;
  private readonly width: number;

  constructor(
    readonly staff: HTMLElement,
    readonly wave: HTMLElement,
  ) {
    this.part = wave.dataset["wave"] === "original" ? "original" : "derivative";
    this.name = staff.dataset["name"] ?? (this.part === "original" ? "original" : "remix");
    this.length = Number(wave.dataset["duration"] ?? 0) / 1000;
    this.beats = seconds(wave.dataset["beats"]);
    this.bars = seconds(wave.dataset["bars"]);
    this.sections = readSections(wave.dataset["sections"]);
    this.past = wave.querySelector("[data-past]");
    this.head = wave.querySelector("[data-head]");
    this.width = this.past?.ownerSVGElement?.viewBox.baseVal.width ?? 0;
    const sound = new Audio();
    sound.preload = "metadata";
    sound.src = wave.dataset["audio"] ?? "";
    this.sound = sound;
    wave.tabIndex = 0;
    wave.setAttribute("role", "slider");
    wave.setAttribute("aria-label", `Place in the ${this.name}`);
    wave.setAttribute("aria-valuemin", "0");
    wave.setAttribute("aria-valuemax", String(Math.round(this.length)));
    this.draw(0);
  }

  get now(): number {
    return this.place;
  }

  /** The sound's own clock while it plays; the wished place while it cannot be asked yet. */
  heard(): number {
    return this.sound.readyState > 0 && !this.sound.seeking ? this.sound.currentTime : this.place;
  }

  seek(moment: number): void {
    const place = Math.min(Math.max(moment, 0), Math.max(this.length - 0.05, 0));
    this.draw(place);
    if (this.sound.readyState > 0) this.sound.currentTime = place;
    else this.sound.addEventListener("loadedmetadata", () => (this.sound.currentTime = this.place), { once: true });
  }

  draw(moment: number): void {
    this.place = moment;
    const x = this.length > 0 ? (moment / this.length) * this.width : 0;
    this.past?.setAttribute("width", String(x));
    this.head?.setAttribute("x1", String(x));
    this.head?.setAttribute("x2", String(x));
    const second = String(Math.round(moment));
    if (this.wave.getAttribute("aria-valuenow") !== second) {
      this.wave.setAttribute("aria-valuenow", second);
      this.wave.setAttribute("aria-valuetext", `${spoken(moment)} of ${spoken(this.length)}. ${this.where(moment)}`);
    }
  }

  section(moment: number): Section | undefined {
    return this.sections.find((s) => moment >= s.start && moment < s.end);
  }

  where(moment: number): string {
    const bar = this.bars.filter((start) => start <= moment + 0.001).length;
    return [this.section(moment)?.label, bar ? `bar ${bar}` : ""].filter(Boolean).join(", ");
  }

  /** The next mark after a moment, or the last one before it. */
  step(marks: readonly number[], from: number, forward: boolean): number {
    if (marks.length === 0) return from + (forward ? 1 : -1);
    const found = forward ? marks.find((m) => m > from + 0.02) : [...marks].reverse().find((m) => m < from - 0.15);
    return found ?? (forward ? this.length : 0);
  }
}

function seconds(text: string | undefined): number[] {
  const list = JSON.parse(text ?? "[]") as unknown;
  return Array.isArray(list) ? list.map((value) => Number(value) / 1000) : [];
}

function readSections(text: string | undefined): Section[] {
  const list = JSON.parse(text ?? "[]") as unknown;
  if (!Array.isArray(list)) return [];
  return list.map((row: unknown) => {
    const [label, start, end] = Array.isArray(row) ? row : [];
    return { label: String(label), start: Number(start) / 1000, end: Number(end) / 1000 };
  });
}
