import { type FormEvent, useState } from "react";
import { Drop } from "../components/Drop.tsx";
import { longestName, type Saved } from "./saved.ts";

/** The reader's own statements. */
export function SavedList(props: {
  readonly list: readonly Saved[];
  readonly onPick: (query: string) => void;
  readonly onRename: (from: string, to: string) => void;
  readonly onDelete: (name: string) => void;
}) {
  const { list } = props;
  return (
    <div className="recipes">
      <h2>Saved</h2>
      <ul>
        {list.map(({ name, query }) => (
          <li key={name} className="joined">
            <button type="button" className="link" onClick={() => props.onPick(query)}>
              {name}
            </button>
            <Drop
              quiet
              label={
                <>
                  <span aria-hidden="true">⋯</span>
                  <span className="vh">Rename or delete {name}</span>
                </>
              }
            >
              {(close) => (
                <>
                  <NameForm
                    name={name}
                    words="Rename"
                    taken={list.filter((one) => one.name !== name).map((one) => one.name)}
                    onName={(to) => {
                      props.onRename(name, to);
                      close();
                    }}
                  />
                  <ul>
                    <li className="apart">
                      <button type="button" onClick={() => props.onDelete(name)}>
                        Delete
                      </button>
                    </li>
                  </ul>
                </>
              )}
            </Drop>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A name and what is done with it. `taken`: names that are others'. */
export function NameForm(props: {
  readonly name?: string;
  readonly words: string;
  readonly taken?: readonly string[];
  readonly onName: (name: string) => void;
}) {
  const [name, setName] = useState(props.name ?? "");
  const taken = props.taken?.includes(name.trim()) === true;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== "" && !taken) props.onName(name.trim());
  };
  return (
    <form className="name" onSubmit={submit}>
      <label className="field">
        <span>Name</span>
        <input
          className="w"
          autoFocus
          maxLength={longestName}
          value={name}
          aria-invalid={taken}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      {taken && (
        <p className="bad small" role="alert">
          Another one has this name.
        </p>
      )}
      <button type="submit" className="btn">
        {props.words}
      </button>
    </form>
  );
}
