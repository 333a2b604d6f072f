// health_section.js: whether each profile and flavour does what it should.
"use strict";

function healthSection(id, health) {
  const failed = health.checks.filter((check) => !check.passed).length;
  return [
    element(
      "p",
      {},
      badge(failed === 0 ? "met" : "not met", failed === 0 ? "passed" : "failed"),
      ` ${text.plural(health.checks.length, "check")}, ${failed} failed.`,
    ),
    sortableTable({
      id: `${id}-checks`,
      caption: "Checks",
      columns: [
        {title: "Profile"},
        {title: "Flavour"},
        {title: "Check"},
        {title: "Says"},
        {title: "Detail"},
      ],
      rows: health.checks.map((check) => [
        check.profile ?? "",
        check.flavour ?? "",
        check.name,
        {
          content: badge(check.passed ? "met" : "not met", check.passed ? "passed" : "failed"),
          sort: String(check.passed),
        },
        check.detail ?? "",
      ]),
    }),
  ];
}
