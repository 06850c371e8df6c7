import { z } from 'zod';

const millisecondsPer: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const bytesPer: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** A number with one of the units of `table`, as a multiple of the table's first unit. */
function quantity(table: Readonly<Record<string, number>>, example: string) {
  const units = Object.keys(table);
  const pattern = new RegExp(`^(\\d{1,12}(?:\\.\\d{1,6})?)(${units.join('|')})$`);
  return z.string().transform((text, context) => {
    const [, number, unit] = pattern.exec(text) ?? [];
    const factor = unit === undefined ? undefined : table[unit];
    if (number === undefined || factor === undefined) {
      context.addIssue({
        code: 'custom',
        message: `expected a number with a unit (${units.join(', ')}), such as ${example}`,
      });
      return z.NEVER;
    }
    return Math.round(Number(number) * factor);
  });
}

/** `500ms` `10s` `5m` `1h` `1d`, as milliseconds. */
export const duration = (): z.ZodType<number> => quantity(millisecondsPer, '10s');

/** `512KiB` `1MiB`, as bytes. */
export const size = (): z.ZodType<number> => quantity(bytesPer, '1MiB');

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8080` or `[::1]:8080`; port 0 takes a free one. */
export const address = (): z.ZodType<Address> =>
  z.string().transform((text, context) => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:\s]+)):(\d{1,5})$/.exec(text);
    const host = match?.[1] ?? match?.[2];
    const port = Number(match?.[3]);
    if (host === undefined || !(port <= 65_535)) {
      context.addIssue({
        code: 'custom',
        message: 'expected host:port, such as 127.0.0.1:8080 or [::1]:8080',
      });
      return z.NEVER;
    }
    return { host, port };
  });
