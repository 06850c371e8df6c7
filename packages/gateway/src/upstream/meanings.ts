/** What the reasons of `classify.ts` mean, for people. Each can follow "it means:". */
const meanings: Readonly<Record<string, string>> = {
  connect_refused: 'nothing listens at its address and port',
  connect_timeout: 'no connection came about in time; a firewall may drop it',
  connection_closed: 'it closed the connection before it had answered',
  connection_reset: 'it reset the connection before it had answered',
  connection_failed: 'no connection came about',
  dns_not_found: 'its host name has no address',
  dns_unavailable: 'the resolver of this machine does not answer',
  dns_timeout: 'the resolver of this machine did not answer in time',
  host_unreachable: 'no route leads to its host',
  network_unreachable: 'no route leads to its network',
  tls_error: 'TLS could not be agreed upon',
  tls_expired: 'its certificate is not valid now; is a clock wrong?',
  tls_wrong_name: 'its certificate is for another host name',
  tls_untrusted:
    'nobody we trust vouches for its certificate; tls.ca of the provider may name who does',
  malformed_answer: 'what it answered is no answer of its dialect',
  wrong_content_type: 'it answered with a page, or another type than its dialect has',
  empty_answer: 'it answered with nothing',
  truncated_answer: 'its answer ended before its end',
  truncated_stream: 'its stream ended before its end',
  answer_too_large: 'its answer is larger than is kept',
  endless_answer: 'its stream went on beyond maxOutput',
  error_in_answer: 'it answered 200 with an error inside',
  error_in_stream: 'it told an error inside its stream',
  first_token_timeout: 'it took the request and answered nothing within timeouts.firstToken',
  no_answer: 'it said nothing to any of several requests, for three times as long as was usual',
  idle_timeout: 'it fell silent in the middle for timeouts.idle',
  deadline_exceeded: 'it was not done within timeouts.total',
  insufficient_quota: 'the account has no money left',
  address_forbidden: 'its address is private; private: true of the provider allows that',
  out_of_files: 'this machine has no open files left (ulimit -n)',
  token_refused: 'the service account was refused a token',
  token_unavailable: 'no token could be had for the service account',
  http_401: 'the provider does not know the credential',
  http_402: 'the account has to be paid',
  http_403: 'the credential may not do this',
  http_404: 'the provider has no such model, or baseUrl is wrong',
  http_405: 'the provider has no such path; is baseUrl right?',
  http_429: 'too much was asked of it at once, or in a while',
  http_529: 'it says that it is overloaded',
};

/** Undefined for a reason that says it all. */
export function meaningOf(reason: string): string | undefined {
  const known = meanings[reason];
  if (known !== undefined) return known;
  const status = /^http_(\d{3})$/.exec(reason)?.[1];
  return status === undefined ? undefined : `it answered with status ${status}`;
}
