import type { Socket } from 'node:net';
import type { AlertChannelConfig } from '@vitalgate/contract';
import type { Due } from '../upstream/deadlines.ts';
import { dial } from '../upstream/dial.ts';
import { linesOf, subjectOf, type Notice, type Refusal } from './notice.ts';
import type { SendParts } from './post.ts';

type EmailConfig = Extract<AlertChannelConfig, { kind: 'email' }>;

const TIMEOUT_MS = 10_000;
/** In all: a server that says a word now and then would keep every other channel waiting. */
const TOTAL_MS = 30_000;

/** Sends one message by SMTP (RFC 5321); its connection is dialled through the outbound door. */
export async function sendEmail(
  config: EmailConfig,
  notice: Notice,
  { clock, deadlines }: SendParts,
): Promise<Refusal | undefined> {
  const { host, port, security, user, password, from, to, private: mayBePrivate } = config;
  let connection: Socket | undefined;
  const due: Due = { dueAt: Infinity, onDue: () => connection?.destroy() };
  try {
    const socket = await dial({ host, port }, { mayBePrivate, timeoutMs: TIMEOUT_MS });
    connection = socket;
    due.dueAt = clock.now() + TOTAL_MS;
    deadlines.add(due);
    // Most never send one.
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      host,
      port,
      secure: security === 'tls',
      // A server that offers no TLS where it is asked for gets neither mail nor password.
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
      getSocket: (_options, callback) => callback(null, { connection: socket }),
    });
    await transport.sendMail({
      from,
      to: [...to],
      subject: subjectOf(notice),
      text: `${linesOf(notice).join('\n\n')}\n`,
      messageId: `<${notice.id}@vitalgate>`,
    });
    return undefined;
  } catch (error) {
    // Its own words may quote what we sent.
    const { code, responseCode } = error as { code?: string; responseCode?: number };
    const problem = `the mail server: ${code ?? 'failed'}${responseCode === undefined ? '' : ` ${responseCode}`}`;
    return { problem, isFinal: responseCode !== undefined && responseCode >= 550 };
  } finally {
    deadlines.delete(due);
    connection?.destroy();
  }
}
