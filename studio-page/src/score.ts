// The score against the recording: the stretch that is shown sounds as plain tones in the recording's own time, alone,
// beside the recording, or the recording alone. What sounds is changed while it plays. Nothing is rendered for it.

type Row = readonly [number, number, readonly number[]];

interface Sound {
  tune: Row[];
  chords: Row[];
  from: number;
  until: number;
}

const AHEAD = 0.12; // seconds between asking for the sound and its first tone
const TUNE = 0.16;
const CHORD = 0.045;
const EDGE = 0.015;

export function scores(): void {
  for (const root of document.querySelectorAll<HTMLElement>("[data-score]")) new Heard(root);
}

class Heard {
  private readonly sound: Sound;
  private readonly recording: HTMLAudioElement | null;
  private readonly button: HTMLButtonElement | null;
  private context: AudioContext | undefined;
  private master: GainNode | undefined;
  private playing: OscillatorNode[] = [];
  private hear = "both";
  private begun = 0;
  private on = false;

  constructor(private readonly root: HTMLElement) {
    this.sound = JSON.parse(root.dataset["score"] ?? "{}") as Sound;
    this.recording = root.querySelector("[data-score-audio]");
    this.button = root.querySelector("[data-score-play]");
    root.querySelector("[data-score-controls]")?.removeAttribute("hidden");
    this.button?.addEventListener("click", () => (this.on ? this.stop() : void this.play()));
    for (const choice of root.querySelectorAll<HTMLElement>("[data-hear]")) {
      choice.addEventListener("click", () => this.choose(choice.dataset["hear"] ?? "both"));
    }
  }

  private choose(hear: string): void {
    this.hear = hear;
    for (const choice of this.root.querySelectorAll<HTMLElement>("[data-hear]")) {
      choice.setAttribute("aria-pressed", String(choice.dataset["hear"] === hear));
    }
    if (this.recording) this.recording.volume = hear === "derivative" ? 0 : 1;
    if (this.master && this.context) {
      this.master.gain.setTargetAtTime(hear === "original" ? 0 : 1, this.context.currentTime, 0.02);
    }
  }

  private async play(): Promise<void> {
    this.context ??= new AudioContext();
    await this.context.resume();
    this.master = this.context.createGain();
    this.master.connect(this.context.destination);
    this.on = true;
    if (this.button) this.button.textContent = "Stop";
    this.say("");
    if (this.recording) {
      this.recording.currentTime = this.sound.from / 1000;
      try {
        await this.recording.play();
      } catch {
        this.say("The recording could not be played; the score sounds alone.");
      }
    }
    const late = this.recording && !this.recording.paused ? this.recording.currentTime - this.sound.from / 1000 : 0;
    this.begun = this.context.currentTime - Math.max(0, late) + (late > 0 ? 0 : AHEAD);
    this.choose(this.hear);
    for (const row of this.sound.tune) this.tones(row, TUNE, "triangle");
    for (const row of this.sound.chords) this.tones(row, CHORD, "sine");
    this.frame();
  }

  private tones([start, end, pitches]: Row, level: number, type: OscillatorType): void {
    if (!this.context || !this.master) return;
    const from = this.begun + (start - this.sound.from) / 1000;
    const until = this.begun + (end - this.sound.from) / 1000;
    if (until <= this.context.currentTime + EDGE) return;
    const begin = Math.max(from, this.context.currentTime);
    for (const pitch of pitches) {
      const gain = this.context.createGain();
      gain.gain.setValueAtTime(0, begin);
      gain.gain.linearRampToValueAtTime(level, begin + EDGE);
      gain.gain.setValueAtTime(level, Math.max(begin + EDGE, until - EDGE));
      gain.gain.linearRampToValueAtTime(0, until);
      const voice = this.context.createOscillator();
      voice.type = type;
      voice.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
      voice.connect(gain).connect(this.master);
      voice.start(begin);
      voice.stop(until + EDGE);
      this.playing.push(voice);
    }
  }

  private frame = (): void => {
    if (!this.on || !this.context) return;
    const length = (this.sound.until - this.sound.from) / 1000;
    const now = this.context.currentTime - this.begun;
    if (now >= length) {
      this.stop();
      return;
    }
    const x = String((100 * Math.max(0, now)) / length);
    const head = this.root.querySelector("[data-score-head]");
    head?.setAttribute("x1", x);
    head?.setAttribute("x2", x);
    const clock = this.root.querySelector("[data-score-time]");
    if (clock) clock.textContent = `${Math.max(0, now).toFixed(1)} s`;
    requestAnimationFrame(this.frame);
  };

  private stop(): void {
    this.on = false;
    for (const voice of this.playing) voice.disconnect();
    this.playing = [];
    this.master?.disconnect();
    this.recording?.pause();
    if (this.button) this.button.textContent = "Play";
  }

  private say(words: string): void {
    const place = this.root.querySelector("[data-score-trouble]");
    if (place) place.textContent = words;
  }
}
