// The order of the sections as a row of cards: dragged, or moved with the arrow keys, taken out with Delete, and laid in
// again. The form's own field holds it as "1 3 2"; an untouched order leaves it empty.

import { type Room, text } from "./dials";
import { timecode } from "./voice";

export class SectionOrder {
  private readonly field: HTMLInputElement;
  private readonly list = document.createElement("ol");
  private readonly stop = text("p", "", "aside stop");
  private readonly labels: readonly string[];
  private open = false;
  private carried = -1;

  constructor(root: HTMLElement) {
    const rows = JSON.parse(root.dataset["form"] ?? "[]") as [string, number, number][];
    this.labels = rows.map(([label, start]) => `${label} ${timecode(start / 1000)}`);
    const field = root.querySelector<HTMLInputElement>("input[name=sections]");
    if (!field) throw new Error("sections without their field");
    this.field = field;
    this.list.className = "section-cards";
    this.list.setAttribute("aria-labelledby", "w-form");
    this.stop.setAttribute("role", "status");
    const again = text("div", "", "acts");
    for (const [number, label] of this.labels.entries()) again.append(this.adder(number, label));
    const more = text("details", "", "lay-in");
    more.append(text("summary", "Lay a section in once more"), again);
    const hint = text("p", "Drag, or move with the arrow keys; Delete takes a section out.", "aside");
    const wrap = root.querySelector<HTMLElement>("[data-sections-field]");
    if (wrap) wrap.hidden = true;
    wrap?.after(this.list, hint, more, this.stop);
    this.show();
  }

  within(room: Room): void {
    this.open = room.order === true;
    this.stop.textContent = this.open ? "" : (room.order_why ?? room.said);
    this.show();
  }

  show(focus = -1): void {
    const order = this.order();
    this.list.replaceChildren(...order.map((section, place) => this.card(section, place)));
    this.list.querySelectorAll<HTMLElement>("button")[focus]?.focus();
  }

  private order(): number[] {
    const said = this.field.value.split(/[\s,]+/).filter(Boolean).map(Number);
    const known = said.filter((number) => number >= 1 && number <= this.labels.length);
    return said.length ? known : this.labels.map((_, place) => place + 1);
  }

  private take(order: number[], focus: number): void {
    const untouched = order.length === this.labels.length && order.every((number, place) => number === place + 1);
    this.field.value = untouched || order.length === 0 ? "" : order.join(" ");
    this.show(focus);
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private card(section: number, place: number): HTMLElement {
    const item = document.createElement("li");
    const card = document.createElement("button");
    card.type = "button";
    card.className = "section-card";
    card.disabled = !this.open;
    card.draggable = this.open;
    card.textContent = this.labels[section - 1] ?? String(section);
    card.setAttribute("aria-label", `${card.textContent}, place ${place + 1} of ${this.order().length}`);
    card.addEventListener("keydown", (event) => this.key(event, place));
    card.addEventListener("dragstart", () => (this.carried = place));
    item.addEventListener("dragover", (event) => event.preventDefault());
    item.addEventListener("drop", (event) => {
      event.preventDefault();
      this.move(this.carried, place);
    });
    item.append(card);
    return item;
  }

  private adder(number: number, label: string): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button plain small";
    button.textContent = label;
    button.addEventListener("click", () => {
      if (!this.open) return;
      const order = [...this.order(), number + 1];
      this.take(order, order.length - 1);
    });
    return button;
  }

  private key(event: KeyboardEvent, place: number): void {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.move(place, place + (document.dir === "rtl" ? -step : step));
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      const order = this.order();
      if (order.length > 1) this.take(order.filter((_, at) => at !== place), Math.max(place - 1, 0));
    }
  }

  private move(from: number, to: number): void {
    const order = this.order();
    const [carried] = order.slice(from, from + 1);
    if (carried === undefined || to < 0 || to >= order.length) return;
    order.splice(from, 1);
    order.splice(to, 0, carried);
    this.take(order, to);
  }
}
