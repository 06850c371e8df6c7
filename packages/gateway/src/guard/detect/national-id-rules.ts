import { luhn } from './cards.ts';
import { isDate, mod11of10, remainder, verhoeff, weighted } from './checksums.ts';

/** One country's number. */
export interface IdRule {
  readonly kind: string;
  /** As it is written; digits and letters alone go to `isValid`, upper case. */
  readonly form: RegExp;
  readonly isValid: (text: string) => boolean;
  /**
   * Where the form is a plain row of digits that one number in ten or so fits, it counts only
   * behind a word that names it.
   */
  readonly named?: RegExp;
}

const upTo = (text: string, at: number, length = 2): number => Number(text.slice(at, at + length));
const dated = (text: string, day: number, month: number): boolean =>
  isDate(upTo(text, day), upTo(text, month));

/** Sum of products modulo 11, where 10 is told as 0. */
const mod11as0 = (text: string, weights: readonly number[]): number =>
  ((weighted(text, weights) * 10) % 11) % 10;

const cpf = (text: string): boolean =>
  !/^(\d)\1+$/.test(text) &&
  mod11as0(text, [10, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(text[9]) &&
  mod11as0(text, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) === Number(text[10]);

const cnpj = (text: string): boolean => {
  const rest = (weights: readonly number[]) => {
    const sum = weighted(text, weights) % 11;
    return sum < 2 ? 0 : 11 - sum;
  };
  const first = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
  return (
    !/^(\d)\1+$/.test(text) &&
    rest(first) === Number(text[12]) &&
    rest([6, ...first]) === Number(text[13])
  );
};

const CODICE_ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];
const codiceFiscale = (text: string): boolean => {
  let sum = 0;
  for (let at = 0; at < 15; at += 1) {
    const code = text.charCodeAt(at);
    const value = code < 0x40 ? code - 0x30 : code - 0x41;
    sum += at % 2 === 0 ? (CODICE_ODD[value] ?? 0) : value;
  }
  return sum % 26 === text.charCodeAt(15) - 0x41;
};

const dni = (text: string): boolean => {
  const number = text.replace(/^[XYZ]/, (first) => String('XYZ'.indexOf(first)));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number.slice(0, 8)) % 23] === text.at(-1);
};

const nir = (text: string): boolean => {
  const number = text.slice(0, 13).replace('2A', '19').replace('2B', '18');
  return 97 - remainder(number, 97) === Number(text.slice(13));
};

const rrnBelgium = (text: string): boolean => {
  const check = Number(text.slice(9));
  const number = text.slice(0, 9);
  const fits = 97 - remainder(number, 97) === check || 97 - remainder(`2${number}`, 97) === check;
  return fits && dated(text, 4, 2);
};

const hetu = (text: string): boolean => {
  const number = Number(text.slice(0, 6) + text.slice(-4, -1));
  return dated(text, 0, 2) && '0123456789ABCDEFHJKLMNPRSTUVWXY'[number % 31] === text.at(-1);
};

const norway = (text: string): boolean =>
  dated(text, 0, 2) &&
  weighted(text, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
  weighted(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;

const pesel = (text: string): boolean =>
  isDate(upTo(text, 4), upTo(text, 2) % 20) &&
  weighted(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;

const tckn = (text: string): boolean => {
  const digits = text.split('').map(Number) as [number, ...number[]];
  const odd = [0, 2, 4, 6, 8].reduce((sum, at) => sum + (digits[at] ?? 0), 0);
  const even = [1, 3, 5, 7].reduce((sum, at) => sum + (digits[at] ?? 0), 0);
  const all = digits.slice(0, 10).reduce((sum, one) => sum + one, 0);
  return digits[0] !== 0 && (odd * 7 - even + 100) % 10 === digits[9] && all % 10 === digits[10];
};

const chinese = (text: string): boolean =>
  isDate(upTo(text, 12), upTo(text, 10)) &&
  '10X98765432'[weighted(text, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] ===
    text[17];

const nric = (text: string): boolean => {
  const offset = text[0] === 'T' || text[0] === 'G' ? 4 : 0;
  const sum = weighted(text.slice(1), [2, 7, 6, 5, 4, 3, 2]) + offset;
  return ('ST'.includes(text[0] ?? '') ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK')[sum % 11] === text[8];
};

const curp = (text: string): boolean => {
  const alphabet = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ';
  let sum = 0;
  for (let at = 0; at < 17; at += 1) sum += alphabet.indexOf(text[at] ?? '') * (18 - at);
  return (10 - (sum % 10)) % 10 === Number(text[17]);
};

const rut = (text: string): boolean => {
  const number = text.slice(0, -1).padStart(8, '0');
  const rest = 11 - (weighted(number, [3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest === 11 ? '0' : rest === 10 ? 'K' : String(rest)) === text.at(-1);
};

/** Area, group and serial that were never issued (Social Security Administration, RM 10201). */
const ssn = (text: string): boolean =>
  !/^(?:000|666|9)/.test(text) &&
  text.slice(3, 5) !== '00' &&
  text.slice(5) !== '0000' &&
  text !== '078051120';

export const rules: readonly IdRule[] = [
  { kind: 'us-ssn', form: /\d{3}-\d{2}-\d{4}/y, isValid: ssn },
  {
    kind: 'us-ssn',
    form: /\d{3} \d{2} \d{4}|\d{9}/y,
    isValid: ssn,
    named: /\bssn\b|social.?security/i,
  },
  {
    kind: 'uk-nino',
    form: /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]/y,
    isValid: (text) => !/^(?:BG|GB|NK|KN|NT|TN|ZZ)/.test(text),
  },
  {
    kind: 'uk-nhs',
    form: /\d{3} \d{3} \d{4}/y,
    isValid: (text) => weighted(text, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
    named: /\bnhs\b|patient|health/i,
  },
  {
    kind: 'uk-nhs',
    form: /\d{10}/y,
    isValid: (text) => weighted(text, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
    named: /\bnhs\b/i,
  },
  {
    kind: 'de-tax-id',
    form: /\d{2} ?\d{3} ?\d{3} ?\d{3}/y,
    isValid: (text) => !text.startsWith('0') && mod11of10(text),
    named: /steuer|tax.?id|\bidnr\b|tin\b/i,
  },
  {
    kind: 'fr-nir',
    form: /[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}/y,
    isValid: nir,
  },
  { kind: 'es-dni', form: /(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]/y, isValid: dni },
  {
    kind: 'it-codice-fiscale',
    form: /[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]/y,
    isValid: codiceFiscale,
  },
  { kind: 'be-rrn', form: /\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[.-]?\d{2}/y, isValid: rrnBelgium },
  {
    kind: 'nl-bsn',
    form: /\d{9}|\d{4}\.\d{2}\.\d{3}/y,
    isValid: (text) =>
      weighted(text, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && text !== '000000000',
    named: /\bbsn\b|burgerservice|sofi/i,
  },
  {
    kind: 'se-personnummer',
    form: /(?:19|20)?\d{6}[-+]\d{4}/y,
    isValid: (text) => dated(text.slice(-10), 4, 2) && luhn(text.slice(-10)),
  },
  { kind: 'no-fodselsnummer', form: /\d{6} ?\d{5}/y, isValid: norway },
  { kind: 'dk-cpr', form: /\d{6}-\d{4}/y, isValid: (text) => dated(text, 0, 2), named: /\bcpr\b/i },
  { kind: 'fi-hetu', form: /\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]/y, isValid: hetu },
  { kind: 'pl-pesel', form: /\d{11}/y, isValid: pesel, named: /pesel/i },
  { kind: 'br-cpf', form: /\d{3}\.\d{3}\.\d{3}-\d{2}/y, isValid: cpf },
  { kind: 'br-cpf', form: /\d{11}/y, isValid: cpf, named: /\bcpf\b/i },
  { kind: 'br-cnpj', form: /\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}/y, isValid: cnpj },
  {
    kind: 'ca-sin',
    form: /\d{3}[ -]\d{3}[ -]\d{3}|\d{9}/y,
    isValid: luhn,
    named: /\bsin\b|social.?insurance|\bnas\b/i,
  },
  {
    kind: 'au-tfn',
    form: /\d{3} ?\d{3} ?\d{3}/y,
    isValid: (text) => weighted(text, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
    named: /\btfn\b|tax.?file/i,
  },
  {
    kind: 'in-aadhaar',
    form: /[2-9]\d{3} \d{4} \d{4}/y,
    isValid: verhoeff,
    named: /aadha+r|uidai|\buid\b/i,
  },
  { kind: 'in-aadhaar', form: /[2-9]\d{11}/y, isValid: verhoeff, named: /aadha+r|uidai/i },
  { kind: 'in-pan', form: /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]/y, isValid: () => true },
  { kind: 'cn-resident-id', form: /[1-9]\d{5}(?:18|19|20)\d{9}[\dXx]/y, isValid: chinese },
  {
    kind: 'jp-my-number',
    form: /\d{4}[ -]?\d{4}[ -]?\d{4}/y,
    isValid: (text) => {
      const rest = weighted(text, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
      return (rest < 2 ? 0 : 11 - rest) === Number(text[11]);
    },
    named: /my.?number|マイナンバー|個人番号/i,
  },
  {
    kind: 'kr-rrn',
    form: /\d{6}-[1-8]\d{6}/y,
    isValid: (text) =>
      dated(text, 4, 2) &&
      (11 - (weighted(text, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(text[12]),
  },
  { kind: 'sg-nric', form: /[STFG]\d{7}[A-Z]/y, isValid: nric },
  {
    kind: 'za-id',
    form: /\d{6} ?\d{4} ?[01][89] ?\d/y,
    isValid: (text) => dated(text, 4, 2) && luhn(text),
  },
  { kind: 'tr-tckn', form: /[1-9]\d{10}/y, isValid: tckn },
  { kind: 'mx-curp', form: /[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z\d]\d/y, isValid: curp },
  { kind: 'cl-rut', form: /\d{1,2}\.\d{3}\.\d{3}-[\dkK]/y, isValid: rut },
  {
    kind: 'ar-cuit',
    form: /(?:20|23|24|27|30|33|34)-\d{8}-\d/y,
    isValid: (text) => {
      const rest = (11 - (weighted(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
      return rest === Number(text[10]);
    },
  },
];
