import type { Answers } from './answers.ts';
import { found } from './asked.ts';
import type { MockState } from './state.ts';

/** Where one is signed in, and with what. */
export function profileAnswers(state: MockState): Answers {
  const at = (hoursAgo: number) => new Date(state.now() - hoursAgo * 3_600_000).toISOString();
  const sessions = [
    ['session_1', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/151.0', '127.0.0.1', true],
    ['session_2', 'Mozilla/5.0 (iPhone; CPU iPhone OS 20_0 like Mac OS X)', '192.0.2.17', false],
  ].map(([id, userAgent, address, current], i) => ({
    id: String(id),
    userAgent: String(userAgent),
    address: String(address),
    current: current === true,
    createdAt: at(i * 30 + 2),
    lastSeenAt: at(i * 5),
    expiresAt: at(i * 5 - 12),
  }));
  const passkeys = [
    { id: 'passkey_1', name: 'laptop', createdAt: at(2000), lastUsedAt: at(3) },
    { id: 'passkey_2', name: 'security key', createdAt: at(1900), lastUsedAt: null },
  ];
  return {
    'GET /api/sessions': () => ({ items: sessions }),
    'DELETE /api/sessions/{id}': ({ params }) => {
      sessions.splice(sessions.indexOf(found(sessions, params['id'])), 1);
      return undefined;
    },
    'GET /api/me/passkeys': () => ({ items: passkeys }),
    'DELETE /api/me/passkeys/{id}': ({ params }) => {
      passkeys.splice(passkeys.indexOf(found(passkeys, params['id'])), 1);
      return undefined;
    },
  };
}
