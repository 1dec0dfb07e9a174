/** Nested tensors of a criterion: a tensor, a list, or an object of lists and tensors. */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [name: string]: Tree<Leaf> };

/** Replaces every leaf of a tree. */
export function mapLeaves<From, To>(
  tree: Tree<From>,
  isLeaf: (value: unknown) => value is From,
  replace: (leaf: From) => To,
): Tree<To> {
  if (isLeaf(tree)) return replace(tree);
  if (Array.isArray(tree)) return tree.map((branch) => mapLeaves(branch, isLeaf, replace));
  if (typeof tree !== 'object' || tree === null) return tree;
  const branches = Object.entries(tree as { [name: string]: Tree<From> });
  return Object.fromEntries(
    branches.map(([name, branch]) => [name, mapLeaves(branch, isLeaf, replace)]),
  );
}

/** Lists the leaves of a tree in order. */
export function leavesOf<Leaf>(
  tree: Tree<Leaf>,
  isLeaf: (value: unknown) => value is Leaf,
): Leaf[] {
  const leaves: Leaf[] = [];
  mapLeaves(tree, isLeaf, (leaf) => leaves.push(leaf));
  return leaves;
}

/** Lists the parts of `other` at the positions of the tree's leaves, in the leaves' order. */
export function matchLeaves<Leaf, Other>(
  tree: Tree<Leaf>,
  isLeaf: (value: unknown) => value is Leaf,
  other: Tree<Other>,
): Other[] {
  if (isLeaf(tree)) return [other as Other];
  // Optional parts may be undefined
  const branches = Object.entries((tree ?? {}) as { [name: string]: Tree<Leaf> });
  const others = other as { [name: string]: Tree<Other> };
  return branches.flatMap(([name, branch]) => matchLeaves(branch, isLeaf, others[name]));
}
