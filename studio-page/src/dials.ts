// Controls that stop where the consent stops, and say why. The server tells the room of each kind; a field without a
// script takes any number, and the licence check then tells the same.

interface Ends {
  readonly low: number;
  readonly high: number;
  readonly why: string;
}

export interface Room {
  readonly answer: string;
  readonly said: string;
  readonly controls?: Readonly<Record<string, Ends>>;
  readonly parts?: readonly string[];
  readonly parts_why?: string;
  readonly order?: boolean;
  readonly order_why?: string;
  readonly choices?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export class Dial {
  private readonly field: HTMLInputElement;
  private readonly slider = document.createElement("input");
  private readonly ends = document.createElement("p");
  private readonly stop: HTMLElement | null;
  private room: Ends | undefined;

  constructor(private readonly root: HTMLElement) {
    const field = root.querySelector<HTMLInputElement>("input");
    if (!field) throw new Error("a dial without a field");
    this.field = field;
    this.stop = root.querySelector("[data-stop]");
    const name = root.querySelector("label")?.textContent ?? this.name;
    this.slider.type = "range";
    this.slider.step = root.dataset["step"] ?? "1";
    this.slider.setAttribute("aria-label", `${name}, by slider`);
    this.slider.disabled = true;
    this.ends.className = "ends number";
    root.querySelector("[data-hint]")?.replaceWith(this.slider, this.ends);
    this.slider.addEventListener("input", () => this.slid());
    this.slider.addEventListener("change", () => this.changed());
    this.slider.addEventListener("keydown", (event) => this.pushed(event));
    field.addEventListener("change", () => this.typed());
  }

  get name(): string {
    return this.root.dataset["dial"] ?? "";
  }

  /**
   * Takes the room of a kind; where there is none, the words say why. A wish that came with the page stands, so that its
   * refusal can be read; one that a changed kind leaves outside moves to the end.
   */
  within(room: Ends | undefined, said: string, moves: boolean): void {
    this.room = room;
    const shut = !room || room.low === room.high;
    this.slider.disabled = shut;
    if (room) {
      this.slider.min = String(room.low);
      this.slider.max = String(room.high);
      const signed = (value: number): string => (this.name !== "seconds" && value > 0 ? `+${value}` : String(value));
      this.ends.replaceChildren(...[room.low, room.high].map((value) => text("span", signed(value))));
    } else {
      this.ends.replaceChildren();
    }
    this.say(shut ? (room?.why ?? said) : "");
    this.show();
    if (shut || !room) return;
    if (moves) this.clamp(this.number());
    else if (this.field.value && (this.number() < room.low || this.number() > room.high)) this.say(room.why);
  }

  /** Draws the slider where the field stands. */
  show(): void {
    const rest = this.name === "seconds" ? Number(this.slider.max) : 0;
    this.slider.value = String(this.field.value ? this.number() : rest);
    this.slider.setAttribute("aria-valuetext", `${this.slider.value} ${this.root.dataset["unit"] ?? ""}`);
  }

  private number(): number {
    return Number(this.field.value.replace(",", ".").replace("−", "-"));
  }

  private slid(): void {
    const value = Number(this.slider.value);
    this.field.value = value === 0 ? "" : String(value);
    this.slider.setAttribute("aria-valuetext", `${value} ${this.root.dataset["unit"] ?? ""}`);
    const room = this.room;
    this.say(room && (value <= room.low || value >= room.high) ? `It stops here. ${room.why}` : "");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private pushed(event: KeyboardEvent): void {
    const further = ["ArrowRight", "ArrowUp", "PageUp", "End"].includes(event.key);
    const back = ["ArrowLeft", "ArrowDown", "PageDown", "Home"].includes(event.key);
    const room = this.room;
    const value = Number(this.slider.value);
    if (room && ((further && value >= room.high) || (back && value <= room.low))) this.say(`It stops here. ${room.why}`);
  }

  private typed(): void {
    if (this.field.value && !Number.isNaN(this.number())) this.clamp(this.number());
    this.show();
  }

  private clamp(value: number): void {
    const room = this.room;
    if (!room || !this.field.value || Number.isNaN(value)) return;
    const inside = Math.min(Math.max(value, room.low), room.high);
    if (inside === value) return;
    this.field.value = inside === 0 ? "" : String(inside);
    this.say(`It stops here. ${room.why}`);
    this.show();
  }

  private changed(): void {
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private say(words: string): void {
    if (this.stop && this.stop.textContent !== words) this.stop.textContent = words;
  }
}

/** Choices that would be refused cannot be taken, and the words below say why. */
export function choosers(form: HTMLFormElement, room: Room): void {
  for (const field of form.querySelectorAll<HTMLSelectElement>("[data-chooser]")) {
    const refused = room.choices?.[field.dataset["chooser"] ?? ""] ?? {};
    const told: string[] = [];
    for (const option of field.options) {
      const why = refused[option.value];
      option.disabled = why !== undefined && !option.selected;
      if (why !== undefined) told.push(`“${option.text}”: ${why}.`);
    }
    const place = field.parentElement?.querySelector<HTMLElement>("[data-stop]");
    if (!place || field.name === "kind") continue;
    const every = told.length > 1 ? `${told.length} choices are shut: ${Object.values(refused)[0] ?? ""}.` : (told[0] ?? "");
    place.textContent = every;
    place.hidden = !every;
  }
}

export function text(tag: string, words: string, css = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = words;
  if (css) made.className = css;
  return made;
}
