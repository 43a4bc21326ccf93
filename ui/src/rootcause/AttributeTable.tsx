import type { RootCause } from "../api/ledger-types.ts";
import { Scroll } from "../components/Scroll.tsx";
import { percent } from "../lib/format.ts";
import { pWords } from "../lib/signed.ts";

const most = 12;

/** Attributes whose values are more, or less, frequent among the slow spans. */
export function AttributeTable({ answer }: { readonly answer: RootCause }) {
  const rows = answer.attributes.slice(0, most);
  return (
    <section aria-labelledby="attributes-title">
      <div className="head">
        <h2 id="attributes-title">Attributes that differ</h2>
        <span className="end key" aria-hidden="true">
          <span>
            <i className="sw slow" />
            slow
          </span>
          <span>
            <i className="sw base" />
            baseline
          </span>
        </span>
      </div>
      {rows.length === 0 ? (
        <p className="note">No attribute differs between the sides.</p>
      ) : (
        <Scroll label="Attributes that differ">
          <table className="attrs">
            <caption className="vh">Attributes that differ between slow and baseline</caption>
            <thead>
              <tr>
                <th scope="col">Attribute</th>
                <th scope="col" className="hide-s">
                  Share of spans
                </th>
                <th scope="col" className="num">
                  Slow
                </th>
                <th scope="col" className="num">
                  Baseline
                </th>
                <th scope="col" className="num">
                  p
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.key} ${row.value}`} className={row.p < 0.05 ? undefined : "dim"}>
                  <th scope="row">
                    {row.value}
                    <code className="sub">{row.key}</code>
                  </th>
                  <td className="hide-s">
                    <span className="pair" aria-hidden="true">
                      <i className="a" style={{ width: `${row.slowShare * 100}%` }} />
                      <i className="b" style={{ width: `${row.baselineShare * 100}%` }} />
                    </span>
                  </td>
                  <td className="num">{percent(row.slowShare, 0)}</td>
                  <td className="num">{percent(row.baselineShare, 0)}</td>
                  <td className="num">{pWords(row.p)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
