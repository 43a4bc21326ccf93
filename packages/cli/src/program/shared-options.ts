import { Option } from "commander";
import { notEmpty, parseUrl } from "../options.ts";

export const dataOption = (): Option =>
  new Option("--data <folder>", "data folder of the instance")
    .env("HOTSPAN_DATA")
    .argParser(notEmpty("A folder has a name."))
    .default(".hotspan");

export const urlOption = (): Option =>
  new Option("--url <url>", "address of the API, instead of the instance on --data").argParser(parseUrl);

export const correlatorOption = (): Option =>
  new Option("--correlator <url>", "address of the correlator, instead of the instance on --data").argParser(
    parseUrl,
  );
