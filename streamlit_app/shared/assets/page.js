// Runs before Streamlit's own script, on every page of both apps. What it does is a convenience:
// every link works by itself, and the server decides what is shown.

// 1. The first paint stays until Streamlit shows its own, then leaves for good: a link that is
//    revoked later must not uncover it again. What was scrolled to and unfolded stays so.
const takeOver = new MutationObserver(() => {
  const live = document.querySelector("#root .st-key-live > *");
  if (!live) return;
  takeOver.disconnect();
  const seen = window.scrollY;
  const first = document.getElementById("first");
  document.body.classList.remove("waiting");
  if (first) {
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, seen);
    first.remove();
  }
  settle();
});
takeOver.observe(document.documentElement, { childList: true, subtree: true });

// 2. Whenever the statement is drawn anew, it gets back what its reader did to it.
const unfolded = new Set();
const nameOf = (details) => {
  const row = details.closest("tbody")?.querySelector("th")?.textContent.trim() ?? "";
  return `${row}\n${details.querySelector("summary")?.textContent}`;
};
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches?.(".statement details")) return;
  target.open ? unfolded.add(nameOf(target)) : unfolded.delete(nameOf(target));
}, true);
let drawn = null;
const settle = () => {
  const article = document.querySelector("#root article.statement, #first article.statement");
  if (!article || article === drawn) return;
  drawn = article;
  if (unfolded.size) {
    for (const details of article.querySelectorAll("details")) {
      if (unfolded.has(nameOf(details))) details.open = true;
    }
  }
  applyFilters(article);
  tellAge();
  if (current) compare(current);
};
new MutationObserver(settle).observe(document.documentElement, { childList: true, subtree: true });

// 3. Filters: the address says which; see cartera/render/controls.py.
const chosen = (query, name) => (query.get(name) ?? "").split(",").filter(Boolean);
const addressed = () => new URLSearchParams(window.location.search);
const written = (query) => `?${query}`.replaceAll("%2C", ",");
const applyFilters = (article) => {
  const sentence = article.dataset.filters;
  if (!sentence) return;
  const query = addressed();
  const states = chosen(query, "status");
  const ranges = chosen(query, "range");
  let listed = 0;
  let total = 0;
  for (const table of article.querySelectorAll("table.items")) {
    let any = false;
    for (const row of table.querySelectorAll("tbody[data-states]")) {
      const shown =
        (!states.length || row.dataset.states.split(" ").some((s) => states.includes(s))) &&
        (!ranges.length || row.dataset.ranges.split(" ").some((r) => ranges.includes(r)));
      row.hidden = !shown;
      any ||= shown;
      listed += shown;
      total += 1;
    }
    const none = table.querySelector("tbody.none");
    if (none) none.hidden = any;
  }
  for (const link of article.querySelectorAll("a[data-filter]")) {
    const { filter, value } = link.dataset;
    const on = filter
      ? chosen(query, filter).includes(value)
      : link.closest(".filters") && !states.length && !ranges.length;
    on ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }
  for (const link of article.querySelectorAll("a[data-download]")) {
    const target = new URL(link.href);
    for (const name of ["status", "range"]) {
      query.has(name)
        ? target.searchParams.set(name, query.get(name))
        : target.searchParams.delete(name);
    }
    link.href = target.pathname + written(target.searchParams);
  }
  const told = article.querySelector(".selection");
  if (told) told.textContent = listed < total ? sentence.replace("{listed}", listed) : "";
};

// 4. Links inside the page: Streamlit draws the next view into the open page instead of starting
//    anew. It listens to the browser's own "back" and "forward", so that is what we tell it.
const go = (href) => {
  window.history.pushState({}, "", href);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
};
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#root a[href], #first a[data-filter]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey ||
      event.shiftKey || event.altKey) return;
  const target = new URL(link.href);
  const inside = link.closest("[data-testid='stHtml'], #first");
  if (!inside || target.origin !== window.location.origin || link.hasAttribute("download") ||
      link.target === "_blank" || link.hreflang || link.hasAttribute("data-leave") ||
      /^\/(download|auth|login|e)\b/.test(target.pathname)) return;
  const article = link.closest("article[data-filters]");
  if (link.closest("#first") && !article) return;
  event.preventDefault();
  if (link.dataset.filter !== undefined && article) {
    const query = addressed();
    const { filter, value } = link.dataset;
    if (filter) {
      const before = chosen(query, filter);
      const after = before.includes(value) ? before.filter((x) => x !== value) : [...before, value];
      after.length ? query.set(filter, after.join(",")) : query.delete(filter);
    } else {
      query.delete("status");
      query.delete("range");
    }
    const again = document.activeElement === link;
    go(window.location.pathname + written(query));
    applyFilters(article);
    if (again) keepFocus(link);
    return;
  }
  go(target.pathname + target.search);
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
});
window.addEventListener("popstate", () => drawn && applyFilters(drawn));

// The statement that comes back from the server is another piece of the document: whoever works
// with the keyboard goes on from the same control, however long the answer took.
let focusWatch = null;
const keepFocus = (link) => {
  const { dataset: { filter, value }, className } = link;
  let held = link;
  focusWatch?.disconnect();
  const watch = new MutationObserver(() => {
    if (held.isConnected) return;
    if (document.activeElement !== document.body) {  // the reader went on to something else
      watch.disconnect();
      return;
    }
    const same = [...document.querySelectorAll("#root a[data-filter]")].find(
      (a) => a.dataset.filter === filter && a.dataset.value === value && a.className === className,
    );
    if (!same) return;
    same.focus({ preventScroll: true });
    held = same;
    // Streamlit may draw once more at the end of its run.
    window.setTimeout(() => watch.disconnect(), 2000);
  });
  focusWatch = watch;
  watch.observe(document.getElementById("root"), { childList: true, subtree: true });
};

// 5. Live: the server says when figures moved or when the way in is closed; asking for the page
//    again is a press of a button that nobody sees. A hidden tab listens to nothing.
let stream = null;
let current = null;
let silentSince = null;
let notBefore = 0;
const refresh = () => document.querySelector("#root .st-key-refresh button")?.click();
// A press can get lost: the button is drawn after the statement, and the line to the server may be
// down just then. So it is pressed again, ever more rarely, until the page shows what it was told.
let pressed = { version: null, times: 0, at: 0 };
const compare = (version) => {
  const marked = document.querySelector("#root [data-version]");
  if (!marked || marked.dataset.version === version) return;
  if (pressed.version !== version) pressed = { version, times: 0, at: 0 };
  if (Date.now() < pressed.at + Math.min(2 ** pressed.times, 60) * 1000) return;
  pressed = { version, times: pressed.times + 1, at: Date.now() };
  refresh();
};
const listen = () => {
  if (document.hidden || !document.querySelector("#root [data-version]")) {
    stream?.close();
    stream = null;
    return;
  }
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  if (Date.now() < notBefore) return;
  const link = addressed().get("l");
  stream = new EventSource(link ? `/live?l=${encodeURIComponent(link)}` : "/live");
  stream.addEventListener("version", (event) => {
    silentSince = null;
    current = event.data;
    compare(current);
  });
  stream.addEventListener("gone", () => {
    stream.close();
    refresh();
  });
  stream.onerror = () => {
    silentSince ??= Date.now();
    if (stream.readyState !== EventSource.CLOSED) return;
    // Refused, not merely interrupted: the page's next turn says why.
    notBefore = Date.now() + 10_000;
    refresh();
  };
};
document.addEventListener("visibilitychange", listen);

// 6. How old the figures are, told once a second.
const tellAge = () => {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[data-s]")) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time.dateTime)) / 1000));
    const [unit, n] =
      seconds < 60 ? ["s", seconds]
      : seconds < 3600 ? ["min", Math.floor(seconds / 60)]
      : seconds < 48 * 3600 ? ["h", Math.floor(seconds / 3600)]
      : ["d", Math.floor(seconds / 86400)];
    const cut = silentSince !== null && Date.now() - silentSince > 10_000;
    const text = cut
      ? time.dataset.offline.replace("{n}", Math.floor((Date.now() - silentSince) / 60_000))
      : time.dataset[unit].replace("{n}", n);
    if (time.textContent !== text) time.textContent = text;
    time.parentElement?.classList.toggle("offline", cut);
  }
};
window.setInterval(() => {
  tellAge();
  listen();
  if (current && stream && !document.hidden) compare(current);
}, 1000);
