// Two voices, one place. One voice sounds; the other's mark follows it through the passages, so that changing between
// them keeps the bar and the beat although tempo and order differ. Keys work while the player has the focus.

import { type Passage, passageAt, readPassages, toDerivative, toOriginal } from "./passages";
import type { Sound } from "./sound";
import { type Part, timecode, Voice } from "./voice";

const FADE_MS = 35;
const DRIFT_SECONDS = 0.08; // further apart, two voices are heard as two
const MOST_SLOWED = 0.25;
const MOST_SPED = 4;

export class Player {
  private readonly voices = new Map<Part, Voice>();
  private readonly passages: Passage[];
  private readonly ribbons: SVGPathElement[];
  private sounding: Part;
  private loop: readonly [number, number] | undefined;
  private playing = false;
  private both = false;

  constructor(readonly root: HTMLElement) {
    for (const wave of root.querySelectorAll<HTMLElement>("[data-wave]")) {
      const staff = wave.closest<HTMLElement>("[data-staff]");
      if (staff && wave.dataset["audio"]) this.add(new Voice(staff, wave));
    }
    this.passages = readPassages(root.dataset["passages"] ?? "[]");
    this.ribbons = [...root.querySelectorAll<SVGPathElement>("[data-ribbon]")];
    this.sounding = this.voices.has("derivative") ? "derivative" : "original";
    if (this.voices.size === 0) return;
    this.part("controls")?.removeAttribute("hidden");
    root.classList.add("enhanced");
    this.part("play")?.addEventListener("click", () => this.toggle());
    this.part("loop")?.addEventListener("click", () => this.toggleLoop());
    this.part("both")?.addEventListener("click", () => this.toggleBoth());
    for (const button of root.querySelectorAll<HTMLElement>("[data-choose]")) {
      button.addEventListener("click", () => this.choose(button.dataset["choose"] as Part));
    }
    root.addEventListener("keydown", (event) => this.key(event));
    this.mark();
    this.follow();
  }

  private get voice(): Voice {
    const voice = this.voices.get(this.sounding);
    if (!voice) throw new Error("the player has no voice");
    return voice;
  }

  private add(voice: Voice): void {
    this.voices.set(voice.part, voice);
    voice.wave.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const move = (at: PointerEvent): void => this.point(voice, at);
      voice.wave.setPointerCapture(event.pointerId);
      voice.wave.addEventListener("pointermove", move);
      const stop = (): void => voice.wave.removeEventListener("pointermove", move);
      voice.wave.addEventListener("pointerup", stop, { once: true });
      voice.wave.addEventListener("pointercancel", stop, { once: true });
      this.point(voice, event);
    });
    this.listenTo(voice);
  }

  private listenTo(voice: Voice): void {
    voice.sound.addEventListener("ended", () => {
      if (voice.part === this.sounding) this.stop();
    });
    voice.sound.addEventListener("error", () => {
      this.say(`The sound of the ${voice.name} could not be loaded.`);
      if (voice.part === this.sounding) this.stop();
    });
  }

  /** What sounds now. */
  get sound(): Sound {
    return this.voice.sound;
  }

  /** The voice sounds with something else from here on, in the same place and at the same speed. */
  soundWith(sound: Sound): void {
    const voice = this.voice;
    const before = voice.sound;
    sound.currentTime = voice.heard();
    sound.playbackRate = before.playbackRate;
    before.pause();
    voice.sound = sound;
    this.listenTo(voice);
    if (this.playing) void this.start();
  }

  private point(voice: Voice, event: PointerEvent): void {
    const box = voice.wave.getBoundingClientRect();
    const moment = ((event.clientX - box.left) / box.width) * voice.length;
    if (voice.part !== this.sounding) this.choose(voice.part);
    this.go(moment);
  }

  private toggle(): void {
    if (this.playing) this.stop();
    else void this.start();
  }

  private async start(): Promise<void> {
    const voice = this.voice;
    if (voice.now >= voice.length - 0.1) voice.seek(0);
    this.playing = true;
    this.root.dataset["started"] = "";
    this.mark();
    try {
      voice.sound.volume = 1;
      await voice.sound.play();
      this.say("");
      this.frame();
    } catch {
      if (this.playing && voice.part === this.sounding && voice.sound.error) {
        this.say("The sound could not be played here.");
        this.stop();
      }
    }
  }

  private stop(): void {
    this.playing = false;
    for (const voice of this.voices.values()) voice.sound.pause();
    this.mark();
  }

  /** The other voice takes over in the same musical place, with a short fade so that nothing clicks. */
  private choose(part: Part): void {
    if (part === this.sounding || !this.voices.has(part)) return;
    const from = this.voice;
    const place = from.heard();
    if (part === "original" && this.both) this.toggleBoth();
    this.sounding = part;
    const sound = this.voice.sound;
    sound.playbackRate = 1;
    this.clearLoop();
    this.root.dataset["started"] = "";
    this.go(this.across(place, part));
    fadeOut(from.sound, () => this.sounding === from.part);
    if (this.playing) void this.start();
    this.mark();
  }

  private across(place: number, to: Part): number {
    const other = this.voices.get(to);
    if (to === "original") return toOriginal(this.passages, place);
    return toDerivative(this.passages, place, other?.now ?? place);
  }

  private go(moment: number): void {
    this.root.dataset["started"] = "";
    this.voice.seek(moment);
    if (this.loop && (moment < this.loop[0] || moment >= this.loop[1])) this.clearLoop();
    this.follow();
  }

  private frame = (): void => {
    if (!this.playing) return;
    const voice = this.voice;
    const now = voice.heard();
    if (this.loop && now >= this.loop[1]) voice.seek(this.loop[0]);
    else voice.draw(now);
    this.follow();
    this.accompany();
    requestAnimationFrame(this.frame);
  };

  /** Moves the silent voice's mark, the clock, the words and the lit passage to where the sound is. */
  private follow(): void {
    const voice = this.voice;
    const silent: Part = this.sounding === "original" ? "derivative" : "original";
    this.voices.get(silent)?.draw(this.across(voice.now, silent));
    const clock = this.part("time");
    if (clock) clock.textContent = timecode(voice.now);
    const where = this.part("where");
    const words = voice.where(voice.now);
    if (where && where.textContent !== words) where.textContent = words;
    const derivative = this.voices.get("derivative");
    const lit = derivative && "started" in this.root.dataset ? passageAt(this.passages, derivative.now) : -1;
    this.ribbons.forEach((ribbon, number) => ribbon.classList.toggle("now", number === lit));
  }

  private mark(): void {
    this.root.dataset["playing"] = String(this.playing);
    this.part("play")?.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-choose]")) {
      button.setAttribute("aria-pressed", String(button.dataset["choose"] === this.sounding));
    }
    for (const voice of this.voices.values()) voice.staff.classList.toggle("sounding", voice.part === this.sounding);
    const length = this.part("length");
    if (length) length.textContent = timecode(this.voice.length);
    this.follow();
  }

  private toggleBoth(): void {
    this.both = !this.both;
    this.part("both")?.setAttribute("aria-pressed", String(this.both));
    if (this.both) this.choose("derivative");
    this.accompany();
  }

  /** The original sounds along at the place and the speed that it has in the derivative, where it has one. */
  private accompany(): void {
    const original = this.voices.get("original");
    if (!original || this.sounding === "original") return;
    const passage = this.passages[passageAt(this.passages, this.voice.now)];
    if (!this.both || !this.playing || !passage) {
      original.sound.pause();
      return;
    }
    const speed =
      (passage.originalEnd - passage.originalStart) / Math.max(passage.derivativeEnd - passage.derivativeStart, 0.01);
    original.sound.volume = 1;
    original.sound.preservesPitch = false;
    original.sound.playbackRate = Math.min(Math.max(speed, MOST_SLOWED), MOST_SPED);
    const place = toOriginal(this.passages, this.voice.now);
    if (Math.abs(original.sound.currentTime - place) > DRIFT_SECONDS) original.sound.currentTime = place;
    if (original.sound.paused) void original.sound.play().catch(() => this.say("The original could not be played."));
  }

  private toggleLoop(): void {
    if (this.loop) {
      this.clearLoop();
      return;
    }
    const section = this.voice.section(this.voice.now);
    this.loop = section ? [section.start, section.end] : [0, this.voice.length];
    this.part("loop")?.setAttribute("aria-pressed", "true");
  }

  private clearLoop(): void {
    this.loop = undefined;
    this.part("loop")?.setAttribute("aria-pressed", "false");
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target as HTMLElement;
    if (target.closest("summary, a, input, .player-help")) return;
    const onSlider = target.closest<HTMLElement>("[data-wave]");
    if (event.key.toLowerCase() === "l") {
      this.toggleLoop();
    } else if (event.key.toLowerCase() === "x") {
      this.choose(this.sounding === "original" ? "derivative" : "original");
    } else if (onSlider) {
      const part: Part = onSlider.dataset["wave"] === "original" ? "original" : "derivative";
      if (!this.sliderKey(event, part)) return;
    } else {
      return;
    }
    event.preventDefault();
  }

  private sliderKey(event: KeyboardEvent, part: Part): boolean {
    if (event.key === " " || event.key === "Enter") {
      this.choose(part);
      this.toggle();
      return true;
    }
    const rightward = document.dir !== "rtl";
    const voice = this.voices.get(part);
    if (!voice) return false;
    const marks = event.shiftKey ? voice.bars : voice.beats;
    const starts = voice.sections.map((section) => section.start);
    const goals: Record<string, () => number> = {
      ArrowRight: () => voice.step(marks, voice.now, rightward),
      ArrowLeft: () => voice.step(marks, voice.now, !rightward),
      ArrowUp: () => voice.step(marks, voice.now, true),
      ArrowDown: () => voice.step(marks, voice.now, false),
      PageUp: () => voice.step(starts, voice.now, true),
      PageDown: () => voice.step(starts, voice.now, false),
      Home: () => 0,
      End: () => voice.length,
    };
    const goal = goals[event.key];
    if (!goal) return false;
    const moment = goal();
    this.choose(part);
    this.go(moment);
    return true;
  }

  private say(words: string): void {
    const place = this.part("trouble");
    if (place) place.textContent = words;
  }

  private part(name: string): HTMLElement | null {
    return this.root.querySelector<HTMLElement>(`[data-${name}]`);
  }
}

/** Lowers a sound to silence and pauses it, unless it was chosen again in the meantime. */
function fadeOut(sound: Sound, wantedAgain: () => boolean): void {
  const started = performance.now();
  const lower = (now: number): void => {
    if (wantedAgain()) return;
    const left = 1 - (now - started) / FADE_MS;
    if (left > 0) {
      sound.volume = Math.min(1, left);
      requestAnimationFrame(lower);
    } else {
      sound.pause();
      sound.volume = 1;
    }
  };
  requestAnimationFrame(lower);
}
