import { channelSecrets, type AlertChannelConfig } from '@vitalgate/contract';
import type { AlertRow } from '../store/migrations.ts';
import { sendEmail } from './email.ts';
import { linesOf, type Notice, type Refusal } from './notice.ts';
import { postJson, type SendParts } from './post.ts';
import { signedHeaders } from './signature.ts';

/** Sends a notice to a channel; undefined when it was taken. */
export function sendTo(
  channel: AlertChannelConfig,
  notice: Notice,
  parts: SendParts,
): Promise<Refusal | undefined> {
  switch (channel.kind) {
    case 'slack':
      return postJson(channel.webhookUrl, slackBody(notice), {}, channel.private, parts);
    case 'webhook': {
      const body = webhookBody(notice);
      const signed = signedHeaders(notice.id, notice.at, body, channel.secret);
      return postJson(channel.webhookUrl, body, signed, channel.private, parts);
    }
    case 'pagerduty':
      return postJson(
        channel.url,
        pagerDutyBody(notice, channel.routingKey),
        {},
        channel.private,
        parts,
      );
    case 'email':
      return sendEmail(channel, notice, parts);
  }
}

/** A receiver of single events is told of one alert at a time. */
export const takesOne = ({ kind }: AlertChannelConfig): boolean => kind === 'pagerduty';

/** Where it goes, without what is secret of it. */
export function destinationOf(channel: AlertChannelConfig): string {
  switch (channel.kind) {
    case 'slack':
    case 'webhook':
      return channel.webhookUrl.host;
    case 'pagerduty':
      return channel.url.host;
    case 'email':
      return channel.to.join(', ');
  }
}

/** Values that must not be written anywhere. */
export const secretsOfChannel = (channel: AlertChannelConfig): string[] => {
  const fields: readonly string[] = channelSecrets[channel.kind];
  return Object.entries(channel).flatMap(([name, value]) =>
    fields.includes(name) ? [value instanceof URL ? value.href : String(value ?? '')] : [],
  );
};

/** https://docs.slack.dev/messaging/formatting-message-text: three characters are its syntax. */
function slackBody(notice: Notice): string {
  const text = linesOf(notice).join('\n');
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return JSON.stringify({ text: escaped });
}

const told = ({ id, rule, subject, message, severity, ...row }: AlertRow) => ({
  id,
  rule,
  subject,
  message,
  severity,
  effects: JSON.parse(row.effects) as unknown,
  startedAt: new Date(row.started_at).toISOString(),
  endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
});

const webhookBody = ({ event, at, alerts }: Notice): string =>
  JSON.stringify({
    type: `alert.${event}`,
    timestamp: new Date(at).toISOString(),
    data: { alerts: alerts.map(told) },
  });

/** https://developer.pagerduty.com/docs/events-api-v2-overview: one event for one alert. */
function pagerDutyBody({ event, id, alerts, at, link }: Notice, routingKey: string): string {
  const [alert] = alerts;
  const common = { routing_key: routingKey, dedup_key: alert?.id ?? id };
  if (event === 'resolved') return JSON.stringify({ ...common, event_action: 'resolve' });
  return JSON.stringify({
    ...common,
    event_action: 'trigger',
    client: 'Vitalgate',
    ...(link !== undefined && { client_url: link }),
    payload: {
      summary: (alert?.message ?? 'A test: this channel works, nothing is wrong').slice(0, 1024),
      source: 'vitalgate',
      severity: event === 'test' ? 'info' : (alert?.severity ?? 'warning'),
      component: alert?.subject ?? 'test',
      timestamp: new Date(alert?.started_at ?? at).toISOString(),
      ...(alert !== undefined && { custom_details: told(alert) }),
    },
  });
}
