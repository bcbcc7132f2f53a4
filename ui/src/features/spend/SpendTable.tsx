/** Who and what cost how much, the dearest first. */
import type { CostRow, Costs, CostSeries } from "~/api/types";
import { compact, count } from "~/lib/counts";
import { usd } from "~/lib/money";
import { percent } from "~/lib/shares";
import { nameOf, toneOf } from "~/ui/chart/BarChart";
import { Empty } from "~/ui/Notice";
import table from "~/ui/Table.module.css";
import { change } from "./SpendFigures";
import styles from "./Spend.module.css";

type Props = { costs: Costs; series: CostSeries | undefined; chosen: string | undefined; onChoose: (key: string) => void };

export function SpendTable({ costs, series, chosen, onChoose }: Props) {
  if (costs.items.length === 0) return <Empty icon="spend" title="Nothing was spent in this time" command="python -c 'import holdfast; holdfast.init()'" />;
  const judged = costs.items.some((row) => row.per_success);
  return (
    <table className={`${table["table"]} ${styles["table"]} ${judged ? styles["judged"] : ""}`} aria-label={`Costs by ${costs.by}`}>
      <thead>
        <tr>
          <th scope="col">{costs.by}</th>
          {["Cost", "Before", "Calls", "Tokens"].map((name) => (
            <th key={name} scope="col" className={table["end"]}>
              {name}
            </th>
          ))}
          {judged && (
            <th scope="col" className={table["end"]}>
              By success
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {costs.items.map((row) => (
          <Row key={row.key} row={row} rank={series?.by === costs.by ? series.keys.indexOf(row.key) : -1} judged={judged} chosen={row.key === chosen} onChoose={onChoose} />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = { row: CostRow; rank: number; judged: boolean; chosen: boolean; onChoose: (key: string) => void };

function Row({ row, rank, judged, chosen, onChoose }: RowProps) {
  const { per_success: success } = row;
  return (
    <tr>
      <td>
        <span className={`${styles["key"]} ${toneOf(rank < 0 ? 8 : rank)}`}>
          <i aria-hidden />
          {rank < 0 ? (
            nameOf(row.key)
          ) : (
            <button type="button" aria-pressed={chosen} title={`Draw only ${nameOf(row.key)}`} onClick={() => onChoose(chosen ? "" : row.key)}>
              {nameOf(row.key)}
            </button>
          )}
        </span>
      </td>
      <td className={table["end"]} title={row.unpriced_calls ? `at least: ${count(row.unpriced_calls)} calls have no known price` : percent(row.share)}>
        {row.unpriced_calls > 0 && row.cost_usd !== null && "≥ "}
        {usd(row.cost_usd)}
        <span className={styles["share"]}>
          <i style={{ width: `${row.share * 100}%` }} />
        </span>
      </td>
      <td className={`${table["end"]} ${styles["quiet"]}`} title={change(row.cost_usd, row.before_usd)}>
        {usd(row.before_usd)}
      </td>
      <td className={table["end"]}>{count(row.calls)}</td>
      <td className={table["end"]}>{compact(row.tokens_in + row.tokens_out)}</td>
      {judged && (
        <td className={table["end"]} title={success ? `${usd(success.low_usd)} to ${usd(success.high_usd)}` : undefined}>
          {usd(success?.cost_usd ?? null)} <span className={styles["quiet"]}>{success && `${success.succeeded}/${success.succeeded + success.failed}${success.unproven ? ` +${success.unproven}?` : ""}`}</span>
        </td>
      )}
    </tr>
  );
}
