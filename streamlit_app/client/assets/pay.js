// Adds up the documents that are ticked. A convenience: the server fixes what is paid.
const boxes = [...document.querySelectorAll("input[name=document]:enabled")];
const every = document.querySelector(".every");
const all = every?.querySelector("input");
const line = document.querySelector(".chosen");
const gross = document.querySelector("input[name=gross]");
const sums = [...document.querySelectorAll("[data-net]")];

// Whole units of the currency's least part, so that nothing is rounded.
const inUnits = (amount) => BigInt(amount.replace(".", ""));
const units = (box) => inUnits(box.dataset.open);
const written = (sum) => {
  const sample = line.dataset.sample; // "1.000,00", as the page's language writes it
  const group = sample[1];
  const decimals = Math.max(0, sample.length - 6);
  const digits = String(sum).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, group);
  const rest = decimals ? sample[5] + digits.slice(-decimals) : "";
  return `${line.dataset.currency}\u00a0${whole}${rest}`;
};
const tell = () => {
  const ticked = boxes.filter((box) => box.checked);
  const whole = ticked.reduce((sum, box) => sum + units(box), 0n);
  const favour = gross && !gross.checked ? inUnits(line.dataset.favour) : 0n;
  line.querySelector("output").textContent = written(whole > favour ? whole - favour : 0n);
  const less = line.querySelector("small");
  if (less) less.hidden = gross.checked;
  all.checked = ticked.length === boxes.length;
  all.indeterminate = ticked.length > 0 && !all.checked;
  for (const sum of sums) sum.textContent = gross?.checked ? sum.dataset.gross : sum.dataset.net;
};

if (line && every && boxes.length) {
  line.hidden = false;
  every.hidden = boxes.length < 2;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  gross?.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
  tell();
}
