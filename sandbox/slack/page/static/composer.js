// Where people type: Enter sends, a slash lists the app's commands, drafts are kept while the window is open.

import { onLook, post } from "./live.js";
import { stayAtEnd } from "./log.js";

const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");
const ready = new WeakSet();

class Composer {
  constructor(form) {
    this.form = form;
    this.input = form.elements.text;
    this.list = form.querySelector("[role=listbox]");
    this.options = [...form.querySelectorAll("[role=option]")];
    this.draft = `draft ${form.dataset.draft}`;
    this.input.value = sessionStorage.getItem(this.draft) ?? "";
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.show([]));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    // Pressing an option must not take the focus from the text.
    this.list?.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
    this.changed();
  }

  changed() {
    sessionStorage.setItem(this.draft, this.input.value);
    if (!GROWS_BY_ITSELF) {
      this.input.style.height = "auto";
      this.input.style.height = `${this.input.scrollHeight}px`;
    }
    if (document.activeElement === this.input) this.suggest();
  }

  suggest() {
    const text = this.input.value;
    const [command] = text.split(/\s/, 1);
    if (!text.startsWith("/") || text.includes("\n")) return this.show([]);
    // Behind a whole command its own line stays, as a reminder of what may follow.
    const isWhole = command !== text;
    const fits = ({ dataset }) => (isWhole ? dataset.command === command : dataset.command.startsWith(command));
    return this.show(this.options.filter(fits), isWhole);
  }

  show(options, onlyReminding = false) {
    if (!this.list) return;
    for (const option of this.options) option.hidden = !options.includes(option);
    this.list.hidden = !options.length;
    this.input.setAttribute("aria-expanded", String(Boolean(options.length)));
    this.select(onlyReminding ? null : (options.find((one) => one === this.selected) ?? options[0]));
  }

  select(option) {
    this.selected?.setAttribute("aria-selected", "false");
    this.selected = option ?? null;
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  take(option) {
    this.input.value = `${option.dataset.command} `;
    this.input.focus();
    this.changed();
  }

  key(event) {
    if (event.isComposing) return;
    const { key } = event;
    if (this.selected && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      const shown = this.options.filter((one) => !one.hidden);
      const step = key === "ArrowDown" ? 1 : -1;
      this.select(shown.at((shown.indexOf(this.selected) + step) % shown.length));
    } else if (this.selected && (key === "Tab" || key === "Enter") && !event.shiftKey) {
      event.preventDefault();
      if (key === "Enter" && this.selected.dataset.command === this.input.value.trim()) this.send();
      else this.take(this.selected);
    } else if (key === "Escape" && this.list && !this.list.hidden) {
      event.stopPropagation();
      this.show([]);
    } else if (key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  async send() {
    const text = this.input.value;
    if (!text.trim()) return;
    const fields = new FormData(this.form);
    this.input.value = "";
    this.changed();
    stayAtEnd(this.form.elements.thread_ts?.value ?? this.form.elements.channel.value);
    const answer = await post("send", fields);
    if (!answer?.ok && !this.input.value) {
      this.input.value = text;
      this.changed();
    }
  }
}

export function watchComposers() {
  const prepare = () => {
    for (const form of document.querySelectorAll("[data-composer]")) {
      if (!ready.has(form)) new Composer(form);
      ready.add(form);
    }
  };
  onLook(() => {}, prepare);
  prepare();
}
