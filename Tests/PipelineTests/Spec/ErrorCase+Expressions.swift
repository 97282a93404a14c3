/// What is said about expressions.
extension ErrorCase {
  static let expressions = [
    ErrorCase(
      "unknown name",
      """
      version: 1
      name: t
      params:
        train_size: 10
      stages:
        data: {uses: dataset.images, with: {train: "${tran_size}"}}

      """,
      gives: """
        spec.yaml:6:49: error: there is no parameter 'tran_size'
            6 |   data: {uses: dataset.images, with: {train: "${tran_size}"}}
              |                                                 ^
          fix: did you mean 'train_size'?
        """),
    ErrorCase(
      "unknown name, unquoted",
      """
      version: 1
      name: t
      params:
        train_size: 10
      stages:
        data:
          uses: dataset.images
          with:
            train: ${2 * tran_size}

      """,
      gives: """
        spec.yaml:9:20: error: there is no parameter 'tran_size'
            9 |       train: ${2 * tran_size}
              |                    ^
          fix: did you mean 'train_size'?
        """),
    ErrorCase(
      "axis not listed",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        data: {uses: dataset.images, with: {train: "${matrix.seed}"}}

      """,
      gives: """
        spec.yaml:7:56: error: the stage does not vary over an axis 'seed'
            7 |   data: {uses: dataset.images, with: {train: "${matrix.seed}"}}
              |                                                        ^
          fix: list the axis under 'matrix'
        """),
    ErrorCase(
      "field of an axis",
      """
      version: 1
      name: t
      axes:
        train:
          - {label: mixed, value: {opacities: [0.1, 1]}}
      stages:
        data: {uses: dataset.images}
        poison:
          uses: backdoor.poison
          matrix: [train]
          inputs: {images: data.train}
          with: {opacity: "${matrix.train.opacity}"}

      """,
      gives: """
        spec.yaml:12:37: error: there is no field 'opacity'
           12 |     with: {opacity: "${matrix.train.opacity}"}
              |                                     ^
          fix: choose one of: opacities
        """),
    ErrorCase(
      "expression syntax",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, with: {train: "${1 +}", test: "${2 = 3}", name: "${'a}"}}

      """,
      gives: """
        spec.yaml:4:52: error: expected a value, not the end
            4 |   data: {uses: dataset.images, with: {train: "${1 +}", test: "${2 = 3}", name: "${'a}"}}
              |                                                    ^
          fix: write a number, a text or a name there, or remove the operator before it
        spec.yaml:4:67: error: unexpected character '='
            4 |   data: {uses: dataset.images, with: {train: "${1 +}", test: "${2 = 3}", name: "${'a}"}}
              |                                                                   ^
          fix: compare with '=='
        spec.yaml:4:81: error: the expression is not closed
            4 |   data: {uses: dataset.images, with: {train: "${1 +}", test: "${2 = 3}", name: "${'a}"}}
              |                                                                                 ^
          fix: add '}'; write '$${' for the characters '${'
        """),
    ErrorCase(
      "expression not closed",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, with: {name: "a ${b"}}

      """,
      gives: """
        spec.yaml:4:48: error: the expression is not closed
            4 |   data: {uses: dataset.images, with: {name: "a ${b"}}
              |                                                ^
          fix: add '}'; write '$${' for the characters '${'
        """),
    ErrorCase(
      "nested expression",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, with: {name: "a ${b ${c}}"}}

      """,
      gives: """
        spec.yaml:4:53: error: expressions do not nest
            4 |   data: {uses: dataset.images, with: {name: "a ${b ${c}}"}}
              |                                                     ^
          fix: close the outer '${' with '}' first
        """),
    ErrorCase(
      "evaluation",
      """
      version: 1
      name: t
      stages:
        a: {uses: dataset.images, with: {train: "${1 / 0}"}}
        b: {uses: dataset.images, with: {train: "${[1, 2][2]}"}}
        c: {uses: dataset.images, with: {train: "${9223372036854775807 + 1}"}}
        d: {uses: dataset.images, with: {train: "${'a' * 2}"}}
        e: {uses: dataset.images, with: {train: "${len(3)}"}}
        f: {uses: dataset.images, with: {train: "${sqrt(3)}"}}
        g: {uses: dataset.images, with: {train: "${1 and true}"}}

      """,
      gives: """
        spec.yaml:4:48: error: division by zero
            4 |   a: {uses: dataset.images, with: {train: "${1 / 0}"}}
              |                                                ^
        spec.yaml:5:52: error: index 2 is outside the list of 2
            5 |   b: {uses: dataset.images, with: {train: "${[1, 2][2]}"}}
              |                                                    ^
          fix: indices start at 0
        spec.yaml:6:66: error: the integer result does not fit in 64 bits
            6 |   c: {uses: dataset.images, with: {train: "${9223372036854775807 + 1}"}}
              |                                                                  ^
        spec.yaml:7:50: error: '*' does not go with a string and an integer
            7 |   d: {uses: dataset.images, with: {train: "${'a' * 2}"}}
              |                                                  ^
        spec.yaml:8:46: error: len does not go with an integer
            8 |   e: {uses: dataset.images, with: {train: "${len(3)}"}}
              |                                              ^
        spec.yaml:9:46: error: there is no function 'sqrt'
            9 |   f: {uses: dataset.images, with: {train: "${sqrt(3)}"}}
              |                                              ^
          fix: did you mean 'str'?
        spec.yaml:10:48: error: 'and' needs true or false, not an integer
           10 |   g: {uses: dataset.images, with: {train: "${1 and true}"}}
              |                                                ^
          fix: compare it (x > 0, x == 'text')
        """),
    ErrorCase(
      "condition",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, if: "${1 + 1}"}
        more: {uses: dataset.images, if: yes}

      """,
      gives: """
        spec.yaml:4:36: error: 'if' of stage 'data' is an integer, not true or false
            4 |   data: {uses: dataset.images, if: "${1 + 1}"}
              |                                    ^~~~~~~~~~
          the text is '${1 + 1}'
          fix: write a condition: "${x > 0}"
        spec.yaml:5:36: error: 'if' of stage 'more' is a string, not true or false
            5 |   more: {uses: dataset.images, if: yes}
              |                                    ^~~
          the text is 'yes'
          fix: write a condition: "${x > 0}"
        """),
  ]
}
