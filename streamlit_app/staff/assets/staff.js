// What the staff pages add to page.js: forms that choose a view, and the search for a client.

// Streamlit would look for its server under the page's own path first, and be refused.
window.__streamlit = { BACKEND_BASE_URL: window.location.origin };

// Which question the search asked last, and the timer of the next.
let question = 0;
let waiting = null;

// A form with method "get" is a link whose address somebody fills in: it leads to a clean address
// (nothing empty, several choices of one name joined by commas), inside the open page (`go` is
// page.js's).
const addressOf = (form) => {
  const query = new Map();
  for (const [name, value] of new FormData(form)) {
    const text = String(value).trim();
    if (text) query.set(name, query.has(name) ? `${query.get(name)},${text}` : text);
  }
  const written = [...query].map(([name, value]) =>
    `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`);
  const path = new URL(form.action).pathname;
  return written.length ? `${path}?${written.join("&")}` : path;
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "get" || !form.closest("[data-testid='stHtml']")) return;
  event.preventDefault();
  const first = form.querySelector("[role=option]");
  window.clearTimeout(waiting);
  question += 1; // what is still on its way belongs to the page that is left
  if (first) first.click();
  else go(addressOf(form));
});
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches?.("form[data-auto]")) form.requestSubmit();
});
document.addEventListener("change", ({ target }) => {
  if (!target.matches?.("form[data-upload] input[type=file]")) return;
  const names = [...target.files].map(({ name }) => name);
  target.form.querySelector("output").textContent = names.join("\n");
});
document.addEventListener("click", (event) => {
  // a menu or a filter panel closes when somebody clicks beside it
  for (const open of document.querySelectorAll("details[data-menu][open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details[data-menu][open]");
  if (open) {
    open.open = false;
    open.querySelector("summary")?.focus();
  }
});

// The search: what fits is asked for while somebody types, and the arrow keys walk through it
// (the "combobox" of the ARIA practices). Without an answer, Enter lists what fits on its page.
const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
const close = (input) => {
  question += 1;
  listOf(input)?.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
};
const suggest = async (input) => {
  const turn = (question += 1);
  const text = input.value.trim();
  if (!text) return close(input);
  const answer = await fetch(`/suggest?text=${encodeURIComponent(text)}`, { redirect: "manual" });
  if (turn !== question) return;
  if (!answer.ok) return window.location.reload();
  const found = await answer.json();
  if (turn !== question || !listOf(input)) return;
  const rows = found.clients.map(({ href, name, about }, n) => {
    const row = document.createElement("a");
    row.href = href;
    row.id = `${input.getAttribute("aria-controls")}-${n}`;
    row.tabIndex = -1;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    row.append(Object.assign(document.createElement("b"), { textContent: name }));
    row.append(Object.assign(document.createElement("small"), { textContent: about }));
    return row;
  });
  const note = document.createElement("p");
  note.textContent = found.note;
  note.setAttribute("role", "status");
  listOf(input).replaceChildren(...rows, ...(found.note ? [note] : []));
  input.setAttribute("aria-expanded", String(rows.length > 0));
};
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[role=combobox]")) return;
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => suggest(target), 120);
});
document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches?.("[role=combobox]")) return;
  if (event.key === "Escape") return close(input);
  const rows = [...(listOf(input)?.querySelectorAll("[role=option]") ?? [])];
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  if (event.key === "Enter" && rows[at]) {
    event.preventDefault();
    rows[at].click();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !rows.length) return;
  event.preventDefault();
  rows[at]?.setAttribute("aria-selected", "false");
  const next = rows[(at + step + rows.length) % rows.length];
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", next.id);
});
document.addEventListener("click", (event) => {
  // Streamlit's own choices are comboboxes, too: they close themselves
  for (const input of document.querySelectorAll(".ct-search [role=combobox][aria-expanded=true]")) {
    const box = input.closest("form");
    if (!box.contains(event.target) || event.target.closest("[role=option]")) close(input);
    if (event.target.closest("[role=option]")) input.value = "";
  }
});

// Files: sent without leaving the page; what became of each is said beside the button, and the
// page then shows what waits to be loaded.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-upload]")) return;
  event.preventDefault();
  const said = form.querySelector("output");
  said.textContent = form.dataset.sending;
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(new URL(form.action).pathname, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new Error(String(answer.status));
    const { lines, taken } = await answer.json();
    if (taken) form.reset();
    document.querySelector("#root .st-key-refresh button")?.click();
    said.textContent = lines.join("\n");
  } catch {
    said.textContent = form.dataset.failed;
  } finally {
    form.removeAttribute("aria-busy");
  }
});

// On a phone the navigation is wider than the screen: the page that is open is brought into it.
let navigation = null;
new MutationObserver(() => {
  const now = document.querySelector("#root .ct-nav [aria-current]");
  if (!now || now === navigation) return;
  navigation = now;
  const nav = now.parentElement;
  nav.scrollLeft = now.offsetLeft - nav.offsetLeft - 24;
}).observe(document.documentElement, { childList: true, subtree: true });

// A message's HTML in a frame in which nothing runs (sections/message_frame.py).
new MutationObserver(() => {
  for (const place of document.querySelectorAll(".ct-message[data-message]:empty")) {
    const bytes = Uint8Array.from(atob(place.dataset.message), (letter) => letter.charCodeAt(0));
    const frame = document.createElement("iframe");
    frame.title = place.dataset.title;
    // no scripts, no forms, no origin: only links, and they in a tab of their own
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    frame.referrerPolicy = "no-referrer";
    frame.srcdoc = new TextDecoder().decode(bytes);
    place.append(frame);
  }
}).observe(document.documentElement, { childList: true, subtree: true });

// What still moves is drawn again, while somebody looks at it (sections/moving.py).
window.setInterval(() => {
  if (document.hidden || !document.querySelector("#root [data-again]")) return;
  if (document.querySelector("[data-testid=stApp][data-test-script-state=running]")) return;
  document.querySelector("#root .st-key-again button")?.click();
}, 1500);

// Small acts that need no page of their own: sent without leaving the page, which is then asked
// for again; it says what is so now, also when the act was refused.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-act]")) return;
  event.preventDefault();
  form.querySelector("button")?.setAttribute("disabled", "");
  try {
    await fetch(form.action, { method: "POST", body: new FormData(form) });
  } finally {
    form.querySelector("button")?.removeAttribute("disabled");
    document.querySelector("#root .st-key-refresh button")?.click();
  }
});
