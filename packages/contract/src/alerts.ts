import { z } from 'zod';
import { flag, known, name, whole } from './fields.ts';
import { duration } from './quantities.ts';

/** The sections `alertChannels` and `alertRules`: who is told, and when. */

/** A URL that is a secret itself: whoever has it can write there. */
const secretUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === null || !isWeb || url.username !== '' || url.password !== '') {
    context.addIssue({ code: 'custom', message: 'expected an http:// or https:// URL' });
    return z.NEVER;
  }
  return url;
});

const common = {
  name,
  /** It may live on a private or loopback address. */
  private: flag.default(false),
};

const mailAddress = z.email({ error: 'expected an e-mail address' });

export const alertChannel = z.discriminatedUnion(
  'kind',
  [
    /** Slack, and what takes the same (Mattermost, Rocket.Chat, Discord at `/slack`). */
    known({ ...common, kind: z.literal('slack'), webhookUrl: secretUrl }),
    /** Signed as Standard Webhooks (standardwebhooks.com) say. */
    known({
      ...common,
      kind: z.literal('webhook'),
      webhookUrl: secretUrl,
      secret: z.string().regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, {
        error: 'expected whsec_ and 24 to 64 bytes in base64 (openssl rand -base64 32)',
      }),
    }),
    known({
      ...common,
      kind: z.literal('email'),
      host: z.string().min(1).max(253),
      port: whole(1, 65_535).default(587),
      security: z
        .enum(['starttls', 'tls', 'none'], { error: 'expected one of: starttls, tls, none' })
        .default('starttls'),
      user: z.string().min(1).max(256).optional(),
      password: z.string().min(1).max(1024).optional(),
      from: mailAddress,
      to: z.array(mailAddress).min(1).max(50),
    }),
    /** Events API v2. */
    known({
      ...common,
      kind: z.literal('pagerduty'),
      routingKey: z.string().min(8).max(128),
      url: secretUrl.default(new URL('https://events.pagerduty.com/v2/enqueue')),
    }),
  ],
  { error: 'expected kind: slack, webhook, email or pagerduty' },
);
export type AlertChannelConfig = z.output<typeof alertChannel>;

/** Fields whose values nobody is told. */
export const channelSecrets = {
  slack: ['webhookUrl'],
  webhook: ['webhookUrl', 'secret'],
  email: ['password'],
  pagerduty: ['routingKey'],
} as const satisfies Record<AlertChannelConfig['kind'], readonly string[]>;

const share = z
  .number({ error: 'expected a share above 0 and up to 1, such as 0.05' })
  .positive({ error: 'expected a share above 0 and up to 1, such as 0.05' })
  .max(1, { error: 'expected a share above 0 and up to 1, such as 0.05' });
const channels = z
  .array(name)
  .min(1, { error: 'expected the name of at least one channel' })
  .max(50);
/** Absent: all. */
const names = z.array(name).min(1).max(500).optional();
/** Fewer requests in the window say too little. */
const atLeast = whole(1, 1_000_000).default(20);
const window = duration().default(300_000);

export const alertRule = z.discriminatedUnion(
  'kind',
  [
    known({
      name,
      kind: z.literal('verdict'),
      channels,
      /** `degraded`: also when it is merely impaired. */
      on: z
        .enum(['degraded', 'down'], { error: 'expected one of: degraded, down' })
        .default('down'),
      models: names,
      apis: names,
    }),
    known({
      name,
      kind: z.literal('error_ratio'),
      channels,
      above: share,
      window,
      atLeast,
      models: names,
    }),
    known({
      name,
      kind: z.literal('latency'),
      channels,
      /** Until the first byte from upstream. */
      above: duration(),
      quantile: share.default(0.95),
      window,
      atLeast,
      models: names,
    }),
    /** Of limits in money, for whomever they are. */
    known({ name, kind: z.literal('budget'), channels, above: share.default(0.8) }),
  ],
  { error: 'expected kind: verdict, error_ratio, latency or budget' },
);
export type AlertRuleConfig = z.output<typeof alertRule>;
