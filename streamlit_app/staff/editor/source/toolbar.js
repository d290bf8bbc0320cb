// The bar of buttons, after the "toolbar" of the ARIA practices: one stop for the Tab key, the
// arrow keys walk through it, and what a button would do to the selection is said as pressed.
import { icon } from "./icons.js";

// Families that every mail program has, each with what stands in for it.
const FONTS = [
  ["Arial", "Arial, Helvetica, sans-serif"],
  ["Verdana", "Verdana, Geneva, sans-serif"],
  ["Tahoma", "Tahoma, Geneva, sans-serif"],
  ["Trebuchet", "'Trebuchet MS', Helvetica, sans-serif"],
  ["Georgia", "Georgia, serif"],
  ["Times", "'Times New Roman', Times, serif"],
  ["Courier", "'Courier New', Courier, monospace"],
];
const SIZES = ["12px", "14px", "16px", "18px", "20px", "24px", "28px"];
// Readable on a white message and on a dark one.
const COLOURS = ["#c0392b", "#b35900", "#7a6a00", "#1e7e45", "#0e7c86", "#2563c9", "#7a44c4", "#b0307d", "#6b7280"];

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
// The private page's placeholder may be a link's whole address.
const isField = (href) => /^\{(enlace|link)\}$/.test(href);
const plain = (family) => family?.replaceAll(/["']/g, "").toLowerCase() ?? "";

export const toolbar = (editor, words, fields, identity) => {
  const bar = element("div", { className: "ct-bar" });
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", words.toolbar);
  bar.setAttribute("aria-controls", identity);
  const refreshers = [];
  // At once, where TipTap waits for the next frame: what is typed until then would go to the button.
  const change = () => {
    editor.view.focus();
    return editor.chain().focus();
  };
  const group = (...items) => bar.append(element("span", { className: "ct-group" }, ...items));

  const button = (name, act, isOn) => {
    const made = element("button", { type: "button", title: words[name], innerHTML: icon(name) });
    made.setAttribute("aria-label", words[name]);
    made.dataset.name = name;
    // the selection stays in the text while a button is pressed
    made.addEventListener("mousedown", (event) => event.preventDefault());
    made.addEventListener("click", act);
    if (isOn) refreshers.push(() => made.setAttribute("aria-pressed", String(isOn())));
    return made;
  };
  const toggle = (name, command, mark = name) =>
    button(name, () => change()[command]().run(), () => editor.isActive(mark));
  const list = (name, empty, options, read, choose) => {
    const made = element("select", { title: words[name] });
    made.setAttribute("aria-label", words[name]);
    made.append(new Option(empty, ""), ...options.map(([text, value]) => new Option(text, value)));
    made.addEventListener("change", () => choose(made.value));
    refreshers.push(() => {
      const value = read();
      const known = [...made.options].find((option) => plain(option.value) === plain(value));
      made.value = known ? known.value : "";
    });
    return made;
  };

  // A small sheet under its button; Escape and a click elsewhere close it.
  const menu = (opener, sheet) => {
    sheet.className += " ct-drop";
    sheet.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    const show = (open) => {
      sheet.hidden = !open;
      opener.setAttribute("aria-expanded", String(open));
      if (open) {
        // kept inside the editor, also where that is as narrow as a phone
        sheet.style.left = "0";
        const room = bar.getBoundingClientRect();
        const left = opener.getBoundingClientRect().left - room.left;
        sheet.style.left = `${Math.max(0, Math.min(left, room.width - sheet.offsetWidth))}px`;
        sheet.style.top = `${opener.getBoundingClientRect().bottom - room.top + 4}px`;
        sheet.querySelector("input, button")?.focus();
      }
    };
    opener.addEventListener("click", () => show(sheet.hidden));
    sheet.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation(); // the window that the editor stands in stays open
        show(false);
        opener.focus();
      }
    });
    const outside = (event) => {
      if (!sheet.hidden && !sheet.contains(event.target) && !opener.contains(event.target)) show(false);
    };
    document.addEventListener("pointerdown", outside);
    editor.on("destroy", () => document.removeEventListener("pointerdown", outside));
    return { sheet, close: () => show(false), opened: (act) => opener.addEventListener("click", act) };
  };

  group(
    list("font", words.font, FONTS, () => editor.getAttributes("textStyle").fontFamily, (value) =>
      (value ? change().setFontFamily(value) : change().unsetFontFamily()).run()),
    list("size", words.size, SIZES.map((size) => [size.replace("px", ""), size]),
      () => editor.getAttributes("textStyle").fontSize, (value) =>
        (value ? change().setFontSize(value) : change().unsetFontSize()).run()),
  );
  group(toggle("bold", "toggleBold"), toggle("italic", "toggleItalic"), toggle("underline", "toggleUnderline"));

  const swatches = element("div", { className: "ct-swatches" });
  const colour = button("colour", () => {});
  const colours = menu(colour, swatches);
  const paint = (value) => {
    colours.close();
    (value ? change().setColor(value) : change().unsetColor()).run();
  };
  for (const value of COLOURS) {
    const one = element("button", { type: "button", title: value });
    one.setAttribute("aria-label", `${words.colour} ${value}`);
    one.style.background = value;
    one.addEventListener("click", () => paint(value));
    swatches.append(one);
  }
  swatches.append(element("button", { type: "button", className: "ct-wide", textContent: words.automatic, onclick: () => paint("") }));
  refreshers.push(() => colour.style.setProperty("--swatch", editor.getAttributes("textStyle").color ?? "currentColor"));
  group(colour);

  group(toggle("bullets", "toggleBulletList", "bulletList"), toggle("numbers", "toggleOrderedList", "orderedList"));
  group(...["left", "center", "right"].map((side) =>
    button(side, () => change().setTextAlign(side).run(), () => editor.isActive({ textAlign: side })
      || (side === "left" && !editor.isActive({ textAlign: "center" }) && !editor.isActive({ textAlign: "right" })))));

  const address = element("input", { inputMode: "url", autocomplete: "off", spellcheck: false, placeholder: "https://", maxLength: 1000 });
  address.setAttribute("aria-label", words.address);
  const form = element("div", { className: "ct-link" }, address);
  const linker = button("link", () => {}, () => editor.isActive("link"));
  const links = menu(linker, form);
  links.opened(() => { address.value = editor.getAttributes("link").href ?? ""; });
  const put = () => {
    let href = address.value.trim();
    if (href && !isField(href) && !/^[a-z][a-z0-9+.-]*:/i.test(href)) href = href.includes("@") ? `mailto:${href}` : `https://${href}`;
    if (href && !isField(href) && !/^(https?:\/\/[^\s/]|mailto:[^\s@]+@)/i.test(href)) {
      address.setAttribute("aria-invalid", "true");
      return;
    }
    address.removeAttribute("aria-invalid");
    links.close();
    const chain = change().extendMarkRange("link");
    if (!href) chain.unsetLink().run();
    else if (editor.state.selection.empty && !editor.isActive("link")) {
      chain.insertContent({ type: "text", text: href.replace(/^mailto:/, ""), marks: [{ type: "link", attrs: { href } }] }).run();
    } else chain.setLink({ href }).run();
  };
  address.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      put();
    }
  });
  form.append(
    element("button", { type: "button", textContent: words.apply, onclick: put }),
    element("button", { type: "button", textContent: words.remove, onclick: () => { address.value = ""; put(); } }),
  );
  group(linker);

  group(
    button("clear", () => change().unsetAllMarks().clearNodes().unsetTextAlign().run()),
    button("undo", () => change().undo().run()),
    button("redo", () => change().redo().run()),
  );

  const sheets = [swatches, form];
  if (fields.length) {
    const chips = element("div", { className: "ct-fields" });
    const opener = element("button", { type: "button", className: "ct-insert", textContent: `${words.insert} ▾` });
    opener.addEventListener("mousedown", (event) => event.preventDefault());
    const insertable = menu(opener, chips);
    for (const { name, meaning } of fields) {
      const chip = element("button", { type: "button" }, element("code", { textContent: name }), ` ${meaning}`);
      chip.addEventListener("click", () => {
        insertable.close();
        change().insertContent({ type: "text", text: name, marks: editor.state.selection.$from.marks().map((mark) => mark.toJSON()) }).run();
      });
      chips.append(chip);
    }
    group(opener);
    sheets.push(chips);
  }

  const stops = [...bar.querySelectorAll("button, select")];
  const stand = (at) => stops.forEach((stop, n) => { stop.tabIndex = n === at ? 0 : -1; });
  stand(0);
  bar.addEventListener("focusin", ({ target }) => {
    const at = stops.indexOf(target);
    if (at >= 0) stand(at);
  });
  bar.addEventListener("keydown", (event) => {
    const at = stops.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: stops.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    stops[(to + stops.length) % stops.length].focus();
  });
  bar.append(...sheets);

  const refresh = () => refreshers.forEach((one) => one());
  editor.on("transaction", refresh);
  refresh();
  return bar;
};
