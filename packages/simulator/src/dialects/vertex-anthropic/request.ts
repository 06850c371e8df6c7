import { isString, type JsonObject } from '../../json.ts';
import { Refusal } from '../dialect.ts';

/**
 * The body of Anthropic's own API: on Vertex AI the model is in the path, and the version in the
 * body (https://docs.claude.com/en/api/claude-on-vertex-ai).
 */
export function anthropicBody(body: JsonObject, model: string): JsonObject {
  const { anthropic_version: version, ...rest } = body;
  if (version !== 'vertex-2023-10-16') {
    throw new Refusal({
      status: 400,
      message: isString(version)
        ? `anthropic_version: "${version}" is not a valid version`
        : 'anthropic_version: Field required',
    });
  }
  if ('model' in rest) {
    throw new Refusal({ status: 400, message: 'model: Extra inputs are not permitted' });
  }
  return { ...rest, model };
}
