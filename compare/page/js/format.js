// How numbers are written: 0.0625, −1.2·10⁻⁵, with a true minus sign; and to the last bit where it matters.

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const superscript = n =>
  String(n)
    .replace("-", "⁻")
    .replace(/\d/g, digit => SUPERSCRIPTS[digit]);
const minus = text => text.replace("-", "−");

// with so many significant digits
export function written(value, digits = 3) {
  if (value === undefined || Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  if (power < -3 || power > 5) return `${minus(mantissa)}·10${superscript(power)}`;
  return minus(Number(`${mantissa}e${power}`).toFixed(Math.max(0, digits - 1 - power)));
}

// short enough for a unit: 0.41, −1.03, .016, 2e−4
export function short(value) {
  if (!Number.isFinite(value)) return written(value);
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e4 || size < 0.0005)
    return minus(value.toExponential(0).replace("e+", "e")).replace("e-", "e−");
  if (size < 0.0995) return minus(value.toFixed(3)).replace("0.", ".");
  return minus(value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0));
}

// so that the text names one float32 (9 digits) or one float64 (17 digits)
export const full = (value, float32) =>
  Number.isFinite(value) ? minus(String(Number(value.toPrecision(float32 ? 9 : 17)))) : written(value);

// a number that somebody has written: 0.01, 5.1
export const plain = value => minus(String(value));

export const grouped = n => n.toLocaleString("en-US");

// the other way round: what somebody has typed; NaN if it is no number
export function parsed(text) {
  const plain = text
    .trim()
    .replace(/−/g, "-")
    .replace(",", ".")
    .replace(
      /[·*×]\s*10\s*\^?\s*([⁻⁰¹²³⁴⁵⁶⁷⁸⁹-]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)/,
      (_, power) =>
        `e${power.replace("⁻", "-").replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, digit => SUPERSCRIPTS.indexOf(digit))}`,
    );
  return plain === "" ? NaN : Number(plain);
}

// whether an answer is right to the digits shown: off by at most one in the last of them
export function rightToTheDigits(answer, value, digits = 3) {
  if (value === 0) return answer === 0;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - digits + 1);
  return Math.abs(answer - value) <= unit;
}
