// Drawn, not typed: a letter may be missing from a reader's fonts. 20 by 20, in the text's colour.
const shapes = {
  bold: '<path d="M6 4h5a3 3 0 0 1 0 6H6zM6 10h6a3 3 0 0 1 0 6H6z"/>',
  italic: '<path d="M8.5 4H14M6 16h5.5M11.5 4l-3 12"/>',
  underline: '<path d="M6 4v5a4 4 0 0 0 8 0V4M5 17h10"/>',
  bullets: '<path d="M8 5.5h8M8 10h8M8 14.5h8"/><path d="M4.2 5.5h.1M4.2 10h.1M4.2 14.5h.1" stroke-width="2.6"/>',
  numbers: '<path d="M9 5.5h7M9 10h7M9 14.5h7M3.6 4.4 4.9 3.6v4M3.6 12.6c0-1.3 2-1.3 2-.1 0 .9-2 1.5-2 2.9h2.1"/>',
  colour: '<path d="m6 13 4-9.5L14 13M7.4 10h5.2"/><path d="M4.5 16.8h11" class="swatch" stroke-width="2.6"/>',
  link: '<path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.6-2.6a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.6 2.6a3 3 0 0 0 4.3 4.3l1-1"/>',
  left: '<path d="M4 5h12M4 10h8M4 15h10"/>',
  center: '<path d="M4 5h12M6 10h8M5 15h10"/>',
  right: '<path d="M4 5h12M8 10h8M6 15h10"/>',
  undo: '<path d="M7.5 4.5 4 8l3.5 3.5M4 8h7.5a4.2 4.2 0 0 1 0 8.4H8"/>',
  redo: '<path d="M12.5 4.5 16 8l-3.5 3.5M16 8H8.5a4.2 4.2 0 0 0 0 8.4H12"/>',
  clear: '<path d="M5 4.5h10M10 4.5 8.8 10M4 4l12 12M8.2 12.5 7.5 16"/>',
};

export const icon = (name) =>
  `<svg viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${shapes[name]}</svg>`;
