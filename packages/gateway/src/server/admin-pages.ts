/** The pages that stand where no console has been built: enough to become the owner. */

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:40rem;margin:3rem auto;padding:0 1rem}
code{display:block;padding:.75rem;border:1px solid #8886;border-radius:.4rem;overflow-wrap:anywhere}
button{font:inherit;padding:.5rem 1rem}`;

export const page = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
  `<meta name="viewport" content="width=device-width"><title>${title} · Vitalgate</title>` +
  `<style>${STYLE}</style></head><body><h1>${title}</h1>${content}</body></html>`;

export const homePage = (): string =>
  page(
    'Vitalgate',
    '<p>The console is not built. Until it is, the admin API answers at ' +
      '<code>GET /api/overview</code> with an admin token, its description is at ' +
      '<code>GET /api/openapi.json</code>, and health in words is at ' +
      '<code>GET /health</code> on the gateway address.</p>',
  );

export const setUpPage = (token: string | undefined): string =>
  page(
    'Set-up',
    token === undefined
      ? '<p>This link is not complete. Copy the whole line from the terminal.</p>'
      : '<p>This makes you the owner of this Vitalgate and shows your admin token, once.</p>' +
          `<form method="post"><input type="hidden" name="token" value="${token}">` +
          '<button>Show my admin token</button></form>',
  );

export const ownerPage = (token: string): string =>
  page(
    'You are the owner',
    `<p>Keep this admin token now; it is not stored and not shown again.</p><code>${token}</code>` +
      '<p>Try it:</p>' +
      `<code>curl -H "Authorization: Bearer ${token}" THIS-ADDRESS/api/overview</code>`,
  );
