// The page comes alive: what is pressed and chosen is sent, threads open beside the channel, changes arrive.

import { watchComposers } from "./composer.js";
import { listen, look, post, toast } from "./live.js";
import { watchLogs } from "./log.js";
import { closeMenu, watchMenus } from "./menus.js";
import { closeTop, fieldsAround, watchModals } from "./modals.js";

// An element's dialog stands before its deed, which then waits for the person's consent.
function confirmed(element) {
  const dialog = document.getElementById(element.dataset.confirm);
  if (!dialog) return Promise.resolve(true);
  dialog.showModal();
  dialog.querySelector("[data-agree]").focus();
  return new Promise((resolve) => {
    const press = ({ target }) => {
      if (target.matches("[data-agree]")) dialog.returnValue = "agreed";
      if (target.matches("[data-agree], [data-deny]")) dialog.close(dialog.returnValue);
    };
    dialog.returnValue = "";
    dialog.addEventListener("click", press);
    dialog.addEventListener(
      "close",
      () => {
        dialog.removeEventListener("click", press);
        resolve(dialog.returnValue === "agreed");
      },
      { once: true },
    );
  });
}

function answers(element) {
  if ("answer" in element.dataset) return [element.dataset.answer];
  if (element.type === "checkbox" || element.type === "radio") {
    const together = element.closest("[role=group], [role=radiogroup]").querySelectorAll("input:checked");
    return [...together].map((one) => one.value);
  }
  return element.matches("button, a") ? [] : [element.value];
}

function takeBack(element) {
  if (element.type === "checkbox" || element.type === "radio") element.checked = element.defaultChecked;
  for (const option of element.options ?? []) option.selected = option.defaultSelected;
}

async function act(element, more = []) {
  if (!(await confirmed(element))) {
    takeBack(element);
    return;
  }
  element.classList.add("pressed");
  const { place, channel } = element.closest("[data-place]").dataset;
  await post("act", [
    ...fieldsAround(element),
    ["place", place],
    ...(channel ? [["channel", channel]] : []),
    ["block", element.dataset.block],
    ["action", element.dataset.action],
    ...answers(element).map((answer) => ["answer", answer]),
    ...more,
  ]);
}

async function goTo(address, focus) {
  history.pushState(null, "", address);
  await look();
  focusComposer(focus);
}

// On a phone the focus would bring up the keyboard, over half of what the person came to read.
function focusComposer(id) {
  if (matchMedia("(hover: hover)").matches) document.getElementById(id)?.focus();
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    // A browser may keep its clipboard to itself; then the person copies what is selected.
    getSelection().selectAllChildren(button.parentElement.querySelector("[data-code]"));
    toast("Selected. Copy it with Ctrl+C or ⌘C.");
  }
}

function closeThread() {
  const close = document.querySelector("[data-thread-close]");
  if (close) goTo(close.href, "composer");
}

document.addEventListener("click", async (event) => {
  const { target } = event;
  const plain = !(event.metaKey || event.ctrlKey || event.shiftKey);
  const pressed = target.closest("button[data-act], a[data-act]");
  const thread = target.closest("[data-thread-link]");
  const deed = target.closest("[data-dismiss], [data-sandbox-action], [data-copy], [data-shortcut]");
  if (pressed) {
    act(pressed);
  } else if (target.closest("dialog.view a[href^='/']") && plain) {
    // Where a modal sends its reader, it would only be in the way.
    event.preventDefault();
    const { href } = target.closest("a");
    await post("close", { place: target.closest("dialog.view").dataset.view, which: "all" });
    location.assign(href);
  } else if (thread && plain) {
    event.preventDefault();
    goTo(thread.href, "thread-composer");
  } else if (target.closest("[data-thread-close]") && plain) {
    event.preventDefault();
    closeThread();
  } else if (deed?.dataset.copy) {
    copy(deed.dataset.copy, deed);
  } else if (deed && "dismiss" in deed.dataset) {
    const { place, channel } = deed.closest("[data-place]").dataset;
    post("dismiss", { place, channel });
  } else if (deed?.dataset.shortcut) {
    const { place, channel } = deed.closest("[data-place]").dataset;
    post("use", { place, channel, name: deed.dataset.shortcut });
  } else if (deed) {
    const answer = await post("action", { number: deed.dataset.sandboxAction });
    if (answer?.ok) toast(await answer.text());
  }
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("select[data-act], input[data-act]:not([type=text], [type=email], [type=url])")) act(target);
});

document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-each]")) act(target);
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const typing = target.matches("input, textarea, select");
  if (key === "Enter" && target.matches("input[data-enter]") && !event.isComposing) {
    event.preventDefault();
    act(target, [["key", "Enter"]]);
  } else if (key === "Escape" && !document.querySelector("dialog.confirm[open]")) {
    event.preventDefault();
    if (!closeMenu() && !closeTop()) closeThread();
  } else if (key === "/" && !typing && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    const composer = document.getElementById("composer");
    composer?.focus();
    composer?.setRangeText("/", composer.value.length, composer.value.length, "end");
    composer?.dispatchEvent(new Event("input"));
  }
});

addEventListener("popstate", look);
watchMenus();
watchLogs();
watchComposers();
watchModals();
listen();
// On a phone the channels stand in a row that is wider than the screen.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
focusComposer(document.getElementById("thread-composer") ? "thread-composer" : "composer");
