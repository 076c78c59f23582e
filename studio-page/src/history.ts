// Undo and redo of a form: every finished change is a step. In a text field the browser's own undo stays.

export class Steps {
  private readonly steps: string[] = [];
  private at = 0;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly undo: HTMLButtonElement,
    private readonly redo: HTMLButtonElement,
    private readonly laidBack: () => void,
  ) {
    this.steps.push(state(form));
    undo.hidden = redo.hidden = false;
    undo.addEventListener("click", () => this.go(-1));
    redo.addEventListener("click", () => this.go(1));
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      if (event.target instanceof HTMLInputElement && event.target.type === "text") return;
      event.preventDefault();
      this.go(event.shiftKey ? 1 : -1);
    });
  }

  /** Keeps the form as it stands as one more step. */
  keep(): void {
    const now = state(this.form);
    if (now === this.steps[this.at]) return;
    this.steps.splice(this.at + 1, this.steps.length, now);
    this.at = this.steps.length - 1;
    this.mark();
  }

  private go(step: number): void {
    const found = this.steps[this.at + step];
    if (found === undefined) return;
    this.at += step;
    const values = new URLSearchParams(found);
    for (const field of this.form.elements) {
      if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement) || !field.name) continue;
      field.value = values.get(field.name) ?? "";
    }
    this.mark();
    this.laidBack();
  }

  private mark(): void {
    this.undo.disabled = this.at === 0;
    this.redo.disabled = this.at === this.steps.length - 1;
  }
}

/** The form's fields as they would be sent. */
export function state(form: HTMLFormElement): string {
  const found = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") found.set(name, value);
  return found.toString();
}
