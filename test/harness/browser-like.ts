/** A client of the admin API that behaves as a page of the console does: same origin, cookies kept. */
export class BrowserLike {
  readonly origin: string;
  cookie: string | undefined;
  /** Attributes of the newest `set-cookie`. */
  attributes = '';

  constructor(origin: string) {
    this.origin = origin;
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: {
        origin: this.origin,
        'sec-fetch-site': 'same-origin',
        ...(this.cookie !== undefined && { cookie: this.cookie }),
        ...(init.headers as Record<string, string> | undefined),
      },
    });
    const set = answer.headers.get('set-cookie');
    if (set !== null) {
      const [pair = '', ...attributes] = set.split('; ');
      this.cookie = pair.endsWith('=') ? undefined : pair;
      this.attributes = attributes.join('; ');
    }
    return answer;
  };
}
