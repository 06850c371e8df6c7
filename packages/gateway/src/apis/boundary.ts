/** Letters that may be in a boundary, of which a space is not the last (RFC 2046, section 5.1.1). */
const BOUNDARY = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/;
const PARAMETER = /\s*;\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/y;

/**
 * The boundary of a `multipart` body. Undefined where there is none, where it is none, and where two readers could
 * find two: whoever looks for it in the parts of a body must find the one that the upstream does.
 */
export function boundaryOf(contentType: string): string | undefined {
  const end = contentType.indexOf(';');
  if (end === -1) return undefined;
  let at = end;
  let boundary: string | undefined;
  while (!['', ';'].includes(contentType.slice(at).trim())) {
    PARAMETER.lastIndex = at;
    const [, name, quoted, plain] = PARAMETER.exec(contentType) ?? [];
    if (name === undefined) return undefined;
    at = PARAMETER.lastIndex;
    if (name.toLowerCase() !== 'boundary') continue;
    if (boundary !== undefined) return undefined;
    boundary = plain ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? '';
  }
  return boundary !== undefined && BOUNDARY.test(boundary) ? boundary : undefined;
}
