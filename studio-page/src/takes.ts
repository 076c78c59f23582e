// A take recorded in the browser: heard back, and put into the form's file field as a WAV file. Then one take over the
// recording, moved to where it belongs and heard there, before anything is rendered. Without a script a file is brought.

const BITS_PER_SECOND = 256_000;
const LONGEST_MS = 15 * 60_000;
const NUDGE_MS = 10;

export function takes(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-takes]")) new Recorder(form);
  for (const place of document.querySelectorAll<HTMLElement>("[data-overlay]")) new Overlay(place);
}

class Recorder {
  private readonly button: HTMLButtonElement | null;
  private recorder: MediaRecorder | undefined;
  private pieces: Blob[] = [];
  private begun = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.button = form.querySelector("[data-record]");
    if (!("MediaRecorder" in window) || !navigator.mediaDevices?.getUserMedia) return;
    this.part("recorder")?.removeAttribute("hidden");
    this.button?.addEventListener("click", () => {
      if (this.recorder?.state === "recording") this.recorder.stop();
      else void this.record();
    });
  }

  private async record(): Promise<void> {
    this.say("");
    let microphone: MediaStream;
    try {
      microphone = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
    } catch {
      this.say("The microphone may not be used here: allow it in the browser, or bring a file.");
      return;
    }
    const lossless = "audio/webm;codecs=pcm";
    const options = MediaRecorder.isTypeSupported(lossless)
      ? { mimeType: lossless }
      : { audioBitsPerSecond: BITS_PER_SECOND };
    const recorder = new MediaRecorder(microphone, options);
    this.recorder = recorder;
    this.pieces = [];
    recorder.addEventListener("dataavailable", (event) => this.pieces.push(event.data));
    recorder.addEventListener("stop", () => void this.finished(microphone));
    const song = this.form.querySelector<HTMLAudioElement>("[data-song]");
    if (song && this.form.querySelector<HTMLInputElement>("[data-along]")?.checked) {
      song.currentTime = 0;
      await song.play().catch(() => this.say("The recording could not be played."));
    }
    recorder.start();
    this.begun = performance.now();
    if (this.button) this.button.textContent = "Stop";
    this.meter(microphone, recorder);
  }

  private meter(microphone: MediaStream, recorder: MediaRecorder): void {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(microphone).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    const frame = (): void => {
      const level = this.form.querySelector<HTMLMeterElement>("[data-level]");
      const clock = this.part("record-time");
      if (recorder.state !== "recording") {
        void context.close();
        if (level) level.value = 0;
        return;
      }
      analyser.getFloatTimeDomainData(wave);
      const peak = wave.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      if (level) level.value = Math.round(100 * Math.sqrt(peak));
      const passed = performance.now() - this.begun;
      if (clock) clock.textContent = `${(passed / 1000).toFixed(1)} s`;
      if (passed > LONGEST_MS) recorder.stop();
      requestAnimationFrame(frame);
    };
    frame();
  }

  private async finished(microphone: MediaStream): Promise<void> {
    for (const track of microphone.getTracks()) track.stop();
    this.form.querySelector<HTMLAudioElement>("[data-song]")?.pause();
    if (this.button) this.button.textContent = "Record again";
    const field = this.form.querySelector<HTMLInputElement>("input[type=file]");
    const context = new AudioContext();
    try {
      const heard = await context.decodeAudioData(await new Blob(this.pieces).arrayBuffer());
      const file = new File([wav(heard)], "take.wav", { type: "audio/wav" });
      const carrier = new DataTransfer();
      carrier.items.add(file);
      if (field) field.files = carrier.files;
      const back = this.form.querySelector<HTMLAudioElement>("[data-record-hear]");
      if (back) back.src = URL.createObjectURL(file);
      this.part("record-done")?.removeAttribute("hidden");
    } catch {
      this.say("The take could not be read back: record it again, or bring a file.");
    } finally {
      void context.close();
    }
  }

  private say(words: string): void {
    const place = this.part("record-trouble");
    if (place) place.textContent = words;
  }

  private part(name: string): HTMLElement | null {
    return this.form.querySelector<HTMLElement>(`[data-${name}]`);
  }
}

/** One channel, 24 bits: a microphone is one channel, whatever its driver says. */
function wav(heard: AudioBuffer): ArrayBuffer {
  const frames = heard.length;
  const file = new DataView(new ArrayBuffer(44 + 3 * frames));
  const word = (at: number, text: string): void => {
    for (let k = 0; k < text.length; k++) file.setUint8(at + k, text.charCodeAt(k));
  };
  word(0, "RIFF");
  file.setUint32(4, 36 + 3 * frames, true);
  word(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, heard.sampleRate, true);
  file.setUint32(28, heard.sampleRate * 3, true);
  file.setUint16(32, 3, true);
  file.setUint16(34, 24, true);
  word(36, "data");
  file.setUint32(40, 3 * frames, true);
  const channels = Array.from({ length: heard.numberOfChannels }, (_, k) => heard.getChannelData(k));
  for (let k = 0; k < frames; k++) {
    let value = 0;
    for (const channel of channels) value += (channel[k] ?? 0) / channels.length;
    const whole = Math.round(Math.min(1, Math.max(-1, value)) * 8_388_607);
    file.setInt16(44 + 3 * k + 1, whole >> 8, true);
    file.setUint8(44 + 3 * k, whole & 255);
  }
  return file.buffer as ArrayBuffer;
}

/** A take over the recording as it would lie there; the field says where it begins, in ms of the recording. */
class Overlay {
  private readonly song: HTMLAudioElement | null;
  private readonly take: HTMLAudioElement | null;
  private readonly field: HTMLInputElement | null;
  private readonly button: HTMLButtonElement | null;
  private waiting = 0;

  constructor(private readonly place: HTMLElement) {
    this.song = place.querySelector("[data-overlay-song]");
    this.take = place.querySelector("[data-overlay-take]");
    this.button = place.querySelector("[data-overlay-play]");
    this.field = document.querySelector<HTMLInputElement>("#l-at");
    place.querySelector("[data-overlay-controls]")?.removeAttribute("hidden");
    this.button?.addEventListener("click", () => (this.song?.paused ? void this.play() : this.stop()));
    for (const nudge of place.querySelectorAll<HTMLElement>("[data-nudge]")) {
      nudge.addEventListener("click", () => this.move(Number(nudge.dataset["nudge"]) * NUDGE_MS));
    }
    this.show();
  }

  private get offset(): number {
    return Number(this.field?.value || this.place.dataset["overlay"] || 0);
  }

  private move(by: number): void {
    if (this.field) this.field.value = String(this.offset + by);
    this.show();
    if (this.song && !this.song.paused) void this.play();
  }

  private show(): void {
    const told = this.place.querySelector("[data-overlay-offset]");
    if (told) told.textContent = `${(this.offset / 1000).toFixed(2)} s`;
  }

  private async play(): Promise<void> {
    if (!this.song || !this.take) return;
    this.stop();
    const offset = this.offset / 1000;
    const lead = Math.min(2, Math.max(0, offset)); // so much of the song before the take comes in
    this.song.currentTime = Math.max(0, offset - lead);
    this.take.currentTime = Math.max(0, -offset);
    if (this.button) this.button.textContent = "Stop";
    try {
      await this.song.play();
      if (this.song.paused) return; // stopped meanwhile
      this.waiting = window.setTimeout(() => void this.comeIn(), 1000 * lead);
    } catch {
      this.stop();
    }
  }

  private async comeIn(): Promise<void> {
    try {
      await this.take?.play();
    } catch {
      // whoever stops before the take has begun to sound interrupts it, and that is all
    }
  }

  private stop(): void {
    clearTimeout(this.waiting);
    this.song?.pause();
    this.take?.pause();
    if (this.button) this.button.textContent = "Hear it there";
  }
}
