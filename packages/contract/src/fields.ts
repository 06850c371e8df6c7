import { z } from 'zod';

/** Kinds of values that sections of the configuration share. */

/** An object that refuses what it does not know and says what it does know. */
export function known<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const allowed = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `not known; allowed here: ${allowed}` : undefined,
  });
}

/** From the environment everything comes as text. */
export const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean({ error: 'expected true or false' }),
);

export const whole = (least: number, most: number) => {
  const error = `expected a whole number from ${least} to ${most}`;
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int({ error }).min(least, { error }).max(most, { error }),
  );
};

export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/, {
  error:
    'expected a name of 1 to 128 letters, digits or . _ : @ - that begins with a letter or digit',
});

/** Somebody outside: a person, a service, an address of e-mail. */
export const owner = z.string().regex(/^[^\p{C}]{1,200}$/u, {
  error: 'expected who it belongs to, in 1 to 200 characters of one line',
});

export const cidr = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: 'expected an address or a range, such as 10.0.0.0/8 or 2001:db8::/32',
});

export const httpUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    context.addIssue({ code: 'custom', message: 'expected an http:// or https:// URL' });
    return z.NEVER;
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    context.addIssue({
      code: 'custom',
      message:
        'expected a URL without user, password, query and fragment; put the key under credentials',
    });
    return z.NEVER;
  }
  return url;
});
