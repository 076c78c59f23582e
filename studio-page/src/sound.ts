// What a voice of the player sounds with: an audio element, or delivered parts mixed here. Times are seconds.

export interface Sound {
  currentTime: number;
  volume: number;
  playbackRate: number;
  preservesPitch: boolean;
  readonly paused: boolean;
  readonly seeking: boolean;
  readonly readyState: number;
  readonly error: unknown;
  play(): Promise<void>;
  pause(): void;
  addEventListener(kind: string, heard: () => void, options?: AddEventListenerOptions): void;
}

const AHEAD = 0.02; // seconds until all parts start, so that they start on the same sample

/** Parts of one recording, sample for sample together; each has its own gain. Speed takes the pitch along. */
export class Parts extends EventTarget implements Sound {
  preservesPitch = false;
  readonly seeking = false;
  readonly readyState = 4;
  readonly error = null;
  private readonly gains = new Map<string, GainNode>();
  private readonly master: GainNode;
  private sources: AudioBufferSourceNode[] = [];
  private place = 0;
  private began = 0;
  private rate = 1;

  constructor(
    private readonly context: AudioContext,
    private readonly buffers: ReadonlyMap<string, AudioBuffer>,
  ) {
    super();
    this.master = context.createGain();
    this.master.connect(context.destination);
    for (const part of buffers.keys()) {
      const gain = context.createGain();
      gain.connect(this.master);
      this.gains.set(part, gain);
    }
  }

  /** Loudness of a part as a factor, reached within some milliseconds so that nothing clicks. */
  level(part: string, factor: number): void {
    this.gains.get(part)?.gain.setTargetAtTime(factor, this.context.currentTime, 0.015);
  }

  get paused(): boolean {
    return this.sources.length === 0;
  }

  get length(): number {
    return Math.max(...[...this.buffers.values()].map((one) => one.duration));
  }

  get currentTime(): number {
    if (this.paused) return this.place;
    return Math.min(this.length, this.place + Math.max(0, this.context.currentTime - this.began) * this.rate);
  }

  set currentTime(moment: number) {
    const running = !this.paused;
    this.silence();
    this.place = moment;
    if (running) this.start();
  }

  get playbackRate(): number {
    return this.rate;
  }

  set playbackRate(rate: number) {
    if (rate === this.rate) return;
    this.place = this.currentTime;
    this.began = this.context.currentTime;
    this.rate = rate;
    for (const source of this.sources) source.playbackRate.value = rate;
  }

  get volume(): number {
    return this.master.gain.value;
  }

  set volume(factor: number) {
    this.master.gain.value = factor;
  }

  async play(): Promise<void> {
    await this.context.resume();
    if (this.paused) this.start();
  }

  pause(): void {
    const place = this.currentTime;
    this.silence();
    this.place = place;
  }

  private start(): void {
    this.began = this.context.currentTime + AHEAD;
    let left = this.buffers.size;
    this.sources = [...this.buffers].map(([part, buffer]) => {
      const source = this.context.createBufferSource();
      source.buffer = buffer;
      source.playbackRate.value = this.rate;
      source.connect(this.gains.get(part) ?? this.master);
      source.onended = () => {
        left -= 1;
        if (left > 0) return;
        this.place = this.length;
        this.sources = [];
        this.dispatchEvent(new Event("ended"));
      };
      source.start(this.began, Math.min(this.place, buffer.duration));
      return source;
    });
  }

  private silence(): void {
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.sources = [];
  }
}
