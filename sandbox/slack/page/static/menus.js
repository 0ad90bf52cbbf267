// Menus that open under a button, and the one by which a person becomes somebody else.

const openMenu = () => document.querySelector("details[data-menu][open]");
const items = (menu) => [...menu.querySelectorAll("[role=menuitem]")];

export function closeMenu() {
  const menu = openMenu();
  if (!menu) return false;
  menu.open = false;
  menu.querySelector("summary").focus();
  return true;
}

function move(menu, step) {
  const all = items(menu);
  all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
}

function key(event) {
  const who = document.querySelector("[data-who]");
  if (event.altKey && event.code === "KeyP") {
    event.preventDefault();
    who.open = !who.open;
    return;
  }
  const menu = openMenu();
  if (!menu) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const outside = !items(menu).includes(document.activeElement);
    move(menu, event.key === "ArrowDown" ? 1 : outside ? 0 : -1);
  } else if (menu === who && /^[1-9]$/.test(event.key) && !event.altKey) {
    items(who)[Number(event.key) - 1]?.click();
  } else if (event.key === "Tab") {
    menu.open = false;
  }
}

export function watchMenus() {
  document.addEventListener("keydown", key);
  document.addEventListener("click", ({ target }) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(target) || target.closest("[role=menuitem]")) menu.open = false;
    }
  });
  // `toggle` does not bubble.
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (target.matches?.("details[data-menu][open]")) {
        (target.querySelector("[aria-current]") ?? items(target)[0])?.focus();
      }
    },
    true,
  );
}
