// bundle.mjs: makes one script of libraries.js and the packages behind it, their licenses included.
//   node bundle.mjs <script to write>
import {build} from "esbuild";
import {readdirSync, readFileSync, renameSync, writeFileSync} from "node:fs";
import {join} from "node:path";

// Returns the folders of the packages that the bundled files come from.
function packagesOf(files) {
  const folders = files.map((file) => file.match(/^(node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return [...new Set(folders.filter(Boolean))].sort();
}

// Returns a comment with the license of every package; those with the same text share it.
function licenseComment(packages) {
  const sharers = new Map();
  for (const folder of packages) {
    const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
    const {name, version, license} = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : `License: ${license}`;
    sharers.set(text, [...(sharers.get(text) ?? []), `${name} ${version}`]);
  }
  const parts = [...sharers].map(([text, names]) => `${names.join(", ")}\n\n${text}`);
  return `/*\n${parts.join("\n\n----\n\n").replaceAll("*/", "* /")}\n*/\n`;
}

const target = process.argv[2];
const bundle = await build({
  entryPoints: ["libraries.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  write: false,
});
const script =
  licenseComment(packagesOf(Object.keys(bundle.metafile.inputs))) + bundle.outputFiles[0].text;
// The script will stand inside a page.
for (const forbidden of ["</script", "<!--"]) {
  if (script.toLowerCase().includes(forbidden)) throw new Error(`the bundle contains ${forbidden}`);
}
writeFileSync(`${target}.new`, script);
renameSync(`${target}.new`, target);
