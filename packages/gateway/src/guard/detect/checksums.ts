/** Check digits of national numbers. Each takes the characters that count, without separators. */

const digit = (text: string, at: number): number => text.charCodeAt(at) - 0x30;

/** Digits times weights, summed. */
export function weighted(text: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * digit(text, at), 0);
}

/** A long number modulo a small one. */
export function remainder(text: string, modulus: number): number {
  let rest = 0;
  for (let at = 0; at < text.length; at += 1) rest = (rest * 10 + digit(text, at)) % modulus;
  return rest;
}

/** ISO/IEC 7064, MOD 11,10. */
export function mod11of10(text: string): boolean {
  let product = 10;
  for (let at = 0; at < text.length - 1; at += 1) {
    const sum = (digit(text, at) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digit(text, text.length - 1);
}

const products = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const permutations = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** J. Verhoeff, "Error detecting decimal codes", 1969. */
export function verhoeff(text: string): boolean {
  let check = 0;
  for (let i = 0; i < text.length; i += 1) {
    const row = permutations[i % 8] as string;
    check = digit(products[check] as string, digit(row, digit(text, text.length - 1 - i)));
  }
  return check === 0;
}

/** Whether day and month could be in one year; the year decides only about leap days. */
export const isDate = (day: number, month: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= daysIn(month);

const daysIn = (month: number): number =>
  month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31;
