import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Paths of PEM files. */
export interface Issued {
  readonly key: string;
  readonly certificate: string;
  readonly both: string;
}

/** A certificate authority for tests, made by openssl. */
export interface Authority {
  /** Path of its certificate. */
  readonly ca: string;
  /** A key, and its certificate for 127.0.0.1 and localhost, as a server or a client. */
  issue(name: string): Issued;
  remove(): void;
}

export function makeAuthority(name = "Test authority"): Authority {
  const folder = mkdtempSync(join(tmpdir(), "hotspan-ca-"));
  const at = (file: string): string => join(folder, file);
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  };
  const fresh = ["req", "-newkey", "rsa:2048", "-nodes", "-subj"];
  openssl(...fresh, `/CN=${name}`, "-x509", "-days", "2", "-keyout", at("ca.key"), "-out", at("ca.pem"));
  return {
    ca: at("ca.pem"),
    issue(subject) {
      const [key, request, certificate, both] = ["key", "csr", "pem", "both.pem"].map((end) =>
        at(`${subject}.${end}`),
      ) as [string, string, string, string];
      openssl(...fresh, `/CN=${subject}`, "-keyout", key, "-out", request);
      writeFileSync(at("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
      const signer = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial"];
      openssl(
        "x509",
        "-req",
        ...signer,
        "-days",
        "2",
        "-in",
        request,
        "-extfile",
        at("names"),
        "-out",
        certificate,
      );
      writeFileSync(both, readFileSync(key, "utf8") + readFileSync(certificate, "utf8"));
      return { key, certificate, both };
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
