const MINIMUM_MAJOR = 24;

// Imported first by each program: a later import may already need what an older Node lacks.
if (Number(process.versions.node.split('.')[0]) < MINIMUM_MAJOR) {
  process.stderr.write(
    `Node ${MINIMUM_MAJOR} or newer is required, this is ${process.versions.node}; start with npm or npx, which use the one in node_modules.\n`,
  );
  process.exit(1);
}
