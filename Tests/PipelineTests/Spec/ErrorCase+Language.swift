/// What is said about YAML and the head of a specification.
extension ErrorCase {
  static let language = [
    ErrorCase(
      "empty file",
      """

      """,
      gives: """
        spec.yaml: error: the file holds no specification
          it is empty or has only comments
          fix: start with: version: 1
        """),
    ErrorCase(
      "only comments",
      """
      # nothing

      """,
      gives: """
        spec.yaml: error: the file holds no specification
          it is empty or has only comments
          fix: start with: version: 1
        """),
    ErrorCase(
      "syntax",
      """
      version: 1
      name: t
      stages: {data: [

      """,
      gives: """
        spec.yaml:4:1: error: not valid YAML: did not find expected node content
            4 | 
              | ^
          while parsing a flow node that starts on line 4
          fix: check brackets, quotes and indentation (spaces only) up to this place
        """),
    ErrorCase(
      "tab",
      """
      version: 1
      name: t
      stages:
      	data: 1

      """,
      gives: """
        spec.yaml:4:1: error: not valid YAML: found character that cannot start any token
            4 |  data: 1
              | ^
          while scanning for the next token that starts on line 4
          fix: check brackets, quotes and indentation (spaces only) up to this place
        """),
    ErrorCase(
      "duplicate key",
      """
      version: 1
      name: t
      name: u
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:3:1: error: the key 'name' is given twice
            3 | name: u
              | ^~~~
          it stands on line 2 already
          fix: keep one of the two
        """),
    ErrorCase(
      "unknown anchor",
      """
      version: 1
      name: t
      x-a: &base {cpus: 1}
      stages:
        data: {uses: dataset.images, resources: *bsae}

      """,
      gives: """
        spec.yaml:5:43: error: there is no anchor 'bsae'
            5 |   data: {uses: dataset.images, resources: *bsae}
              |                                           ^~~~~
          an alias (*bsae) stands after its anchor (&bsae)
          fix: did you mean '*base'?
        """),
    ErrorCase(
      "anchor in itself",
      """
      version: 1
      name: t
      x-a: &a [*a]

      """,
      gives: """
        spec.yaml:3:10: error: the anchor 'a' contains itself
            3 | x-a: &a [*a]
              |          ^~
          fix: write the value here
        """),
    ErrorCase(
      "second document",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images}
      ---
      version: 1

      """,
      gives: """
        spec.yaml:5:1: error: a second document starts here
            5 | ---
              | ^~~
          a specification is one YAML document
          fix: remove the '---', or split the file
        """),
    ErrorCase(
      "tag",
      """
      version: 1
      name: t
      title: !!str 3

      """,
      gives: """
        spec.yaml:3:8: error: the tag 'tag:yaml.org,2002:str' is not supported
            3 | title: !!str 3
              |        ^~~~~~~
          types follow from the text alone
          fix: remove the tag; quote the value to make it a string
        """),
    ErrorCase(
      "list as key",
      """
      version: 1
      name: t
      ? [a, b]
      : 1

      """,
      gives: """
        spec.yaml:3:3: error: a key must be a plain word
            3 | ? [a, b]
              |   ^
          lists, maps and aliases cannot be keys
          fix: quote a text that starts with [, { or *
        """),
    ErrorCase(
      "merge of a scalar",
      """
      version: 1
      name: t
      x-a: {<<: 3}

      """,
      gives: """
        spec.yaml:3:11: error: '<<' takes a map or a list of maps
            3 | x-a: {<<: 3}
              |           ^
          it copies their keys into this map
          fix: write <<: *name_of_a_map
        """),
    ErrorCase(
      "no version, no name",
      """
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml: error: the specification has no version
          the version says how to read the file
          fix: add: version: 1
        spec.yaml: error: the specification has no name
          results go to results/NAME
          fix: add: name: my_experiment
        """),
    ErrorCase(
      "version two",
      """
      version: 2
      name: t
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:1:10: error: 'version' is '2'
            1 | version: 2
              |          ^
          expected 1, the only version of the language
        """),
    ErrorCase(
      "bad name",
      """
      version: 1
      name: My-Run
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:2:7: error: 'My-Run' is not a valid name in the specification
            2 | name: My-Run
              |       ^~~~~~
          names are lower-case letters, digits and '_', and start with a letter
          fix: write 'my_run'
        """),
    ErrorCase(
      "no stages",
      """
      version: 1
      name: t

      """,
      gives: """
        spec.yaml: error: the specification has no stages
          stages are what a run executes
          fix: add: stages: {NAME: {uses: TYPE}}
        """),
    ErrorCase(
      "root is a list",
      """
      - 1

      """,
      gives: """
        spec.yaml:1:1: error: the specification is a list, not a map
            1 | - 1
              | ^
          it has the keys: version, name, title, paper, include, params, axes, profiles, defaults, stages, tables, plots, expect, override
        """),
    ErrorCase(
      "unknown top key",
      """
      version: 1
      name: t
      stags:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:3:1: error: unknown key 'stags' in the specification
            3 | stags:
              | ^~~~~
          allowed: version, name, title, paper, include, params, axes, profiles, defaults, stages, tables, plots, expect, override
          fix: did you mean 'stages'?
        """),
  ]
}
