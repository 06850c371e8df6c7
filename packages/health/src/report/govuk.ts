import type { Format } from '../serve/format.ts';

const words = { pass: 'ok', warn: 'warning', fail: 'critical', unknown: 'warning' } as const;

/** GOV.UK's health checks (govuk_app_config): 200 for ok alone, 500 for a warning too. */
export const govuk: Format = {
  name: 'govuk',
  types: [],
  write({ status, checks }, details) {
    const listed = details === 'status' ? [] : checks;
    const body = JSON.stringify({
      status: words[status],
      checks: Object.fromEntries(
        listed.map((check) => {
          const { name, reason: message } = check;
          const said = { status: words[check.status] };
          return [name, check.status === 'pass' ? said : { ...said, message }];
        }),
      ),
    });
    const headers = { 'content-type': 'application/json' };
    return { body, status: status === 'pass' ? 200 : 500, headers };
  },
};
