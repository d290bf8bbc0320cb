// The editor of mail texts as a Streamlit component (v2): TipTap, with only what survives in a
// mail program. What comes out is plain HTML with inline styles; the server cleans it again.
import { Editor } from "@tiptap/core";
import { StarterKit } from "@tiptap/starter-kit";
import { TextStyleKit } from "@tiptap/extension-text-style";
import { TextAlign } from "@tiptap/extension-text-align";
import { Fields } from "./fields.js";
import { toolbar } from "./toolbar.js";

const DEBOUNCE = 400;
const open = new WeakMap();
let count = 0;

// An empty paragraph is a blank line to whoever writes; without something in it, mail programs
// draw none. And back, or each turn would add a line. Those at the end were only room to write in.
const toMail = (html) =>
  html.replace(/(<p[^>]*><\/p>)+$/, "").replaceAll(/<p([^>]*)><\/p>/g, "<p$1><br></p>");
const fromMail = (html) => html.replaceAll(/<p([^>]*)><br\s*\/?><\/p>/g, "<p$1></p>");

const build = (root, data) => {
  const { words, fields, label, value } = data;
  const identity = `ct-editor-${(count += 1)}`;
  const place = document.createElement("div");
  const editor = new Editor({
    element: place,
    extensions: [
      StarterKit.configure({
        heading: false, code: false, codeBlock: false, blockquote: false, horizontalRule: false, strike: false,
        link: {
          openOnClick: false, autolink: true, defaultProtocol: "https",
          protocols: ["mailto"],
          isAllowedUri: (url) => /^(https?:|mailto:|\{(enlace|link)\}$)/i.test(url),
          HTMLAttributes: { rel: null, target: null },
        },
      }),
      TextStyleKit.configure({ backgroundColor: false, lineHeight: false }),
      TextAlign.configure({ types: ["paragraph"], alignments: ["left", "center", "right"] }),
      Fields.configure({ names: data.known }),
    ],
    content: fromMail(value),
    editorProps: {
      attributes: {
        id: identity, role: "textbox", "aria-multiline": "true", "aria-label": label, spellcheck: "true",
        style: `min-height: ${data.height}px`,
      },
    },
  });
  root.replaceChildren(toolbar(editor, words, fields, identity), place);
  return editor;
};

export default ({ data, setStateValue, parentElement }) => {
  const root = parentElement.querySelector(".ct-editor");
  let one = open.get(root);
  if (!one) {
    one = { editor: build(root, data), timer: null, sent: data.value, send: null };
    open.set(root, one);
    const { editor } = one;
    const say = () => {
      window.clearTimeout(one.timer);
      one.timer = null;
      const html = editor.isEmpty ? "" : toMail(editor.getHTML());
      if (html === one.sent) return;
      one.sent = html;
      one.send("html", html);
    };
    editor.on("update", () => {
      window.clearTimeout(one.timer);
      one.timer = window.setTimeout(say, DEBOUNCE);
    });
    // whoever leaves the text may press a button next: it must know all of it
    editor.on("blur", () => { if (one.timer) say(); });
  }
  one.send = setStateValue; // each drawing brings its own
  return () => {
    // Streamlit also calls this between two drawings: only what left the page is taken down
    window.setTimeout(() => {
      if (root.isConnected) return;
      open.delete(root);
      one.editor.destroy();
    }, 1000);
  };
};
