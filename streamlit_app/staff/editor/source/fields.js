// Placeholders such as {cliente}. They are text and stay text, so that what is kept needs no
// markup of its own; here they look like one piece, and go as one piece when they are deleted.
import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";

export const Fields = Extension.create({
  name: "fields",
  addOptions: () => ({ names: [] }),

  addKeyboardShortcuts() {
    const removeBeside = (before) => ({ editor }) => {
      const { empty, $from } = editor.state.selection;
      if (!empty || !$from.parent.isTextblock) return false;
      // one letter for whatever is not text (a line break), so that offsets are positions
      const text = $from.parent.textBetween(0, $from.parent.content.size, null, "\ufffc");
      const at = $from.parentOffset;
      const name = this.options.names.find((one) =>
        before ? text.slice(0, at).endsWith(one) : text.slice(at).startsWith(one));
      if (!name) return false;
      const from = before ? $from.pos - name.length : $from.pos;
      return editor.commands.deleteRange({ from, to: from + name.length });
    };
    return { Backspace: removeBeside(true), Delete: removeBeside(false) };
  },

  addProseMirrorPlugins() {
    const { names } = this.options;
    return [new Plugin({
      key: new PluginKey("fields"),
      props: {
        decorations: ({ doc }) => {
          const found = [];
          doc.descendants((node, position) => {
            if (!node.isText) return;
            for (const name of names) {
              for (let at = node.text.indexOf(name); at >= 0; at = node.text.indexOf(name, at + 1)) {
                const from = position + at;
                found.push(Decoration.inline(from, from + name.length, { class: "ct-field" }));
              }
            }
          });
          return DecorationSet.create(doc, found);
        },
      },
    })];
  },
});
