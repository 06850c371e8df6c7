import {
  AndNode,
  OperationNodeTransformer,
  TableNode,
  WhereNode,
  sql,
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type QueryId,
  type RawBuilder,
  type RootOperationNode,
  type SelectQueryNode,
  type UnknownRow,
} from 'kysely';
import { IN_TIME } from './cut-short.ts';

/** Which rows of a large table are not worth a look at the time. */
const PASSED: Readonly<Record<string, RawBuilder<boolean>>> = {
  ledger: sql`rowid & 255 <> 0`,
  // Sums have no number of their own; of their spans every sixteenth is looked at.
  usage_sums: sql`at / step_ms & 15 <> 0`,
};

/**
 * Has SQLite look at the time every so many rows, for nothing else ends a statement that runs: it knows
 * no timeout, and its thread hears nothing meanwhile. First of all conditions: one that is not met would
 * leave those behind it out.
 */
export class InTime implements KyselyPlugin {
  readonly #looks = new Looks();

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    return this.#looks.transformNode(node, queryId);
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}

class Looks extends OperationNodeTransformer {
  protected override transformSelectQuery(query: SelectQueryNode, id?: QueryId): SelectQueryNode {
    const node = super.transformSelectQuery(query, id);
    const [from] = node.from?.froms ?? [];
    const passed =
      from !== undefined && TableNode.is(from) ? PASSED[from.table.identifier.name] : undefined;
    if (passed === undefined) return node;
    const look = sql`(${passed} OR ${sql.id(IN_TIME)}())`.toOperationNode();
    const where = node.where === undefined ? look : AndNode.create(look, node.where.where);
    return { ...node, where: WhereNode.create(where) };
  }
}
