/// What is said about claims.
extension ErrorCase {
  static let claims = [
    ErrorCase(
      "claims about several cells",
      """
      version: 1
      name: t
      axes: {seed: [1, 2], alpha: [0.1, 0.2, 0.3]}
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed, alpha], inputs: {model: model.model, images: data.test}}
      tables:
        a: {from: attack.scores, rows: alpha, over: seed, value: asr}
        b: {from: attack.scores, rows: seed, columns: alpha, value: asr, derive: {worst: "min(columns)"}}
      expect:
        - {id: several, value: a.asr, at_least: 1}
        - {id: two, left: "a[alpha!=0.1].asr", right: "a[alpha=0.1].asr", greater_by: 0}
        - {id: one, value: "b[seed=1].worst", at_least: 1}
        - {id: all, value: "min(a.asr)", at_least: 1}

      """,
      gives: """
        spec.yaml:12:26: error: claim 'several': 'a.asr' selects 3 cells
           12 |   - {id: several, value: a.asr, at_least: 1}
              |                          ^~~~~
          a claim is about one number; among them are 0.1, 0.2, 0.3
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:13:21: error: claim 'two': 'a[alpha!=0.1].asr' selects 2 cells
           13 |   - {id: two, left: "a[alpha!=0.1].asr", right: "a[alpha=0.1].asr", greater_by: 0}
              |                     ^~~~~~~~~~~~~~~~~~~
          a claim is about one number; among them are 0.2, 0.3
          fix: name the labels of one, or take their min, max, mean or range
        """),
    ErrorCase(
      "claims",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
      tables:
        asr: {from: attack.scores, rows: seed, value: asr}
      expect:
        - {id: a, value: asr}
        - {id: b, value: asr, at_least: 1, at_most: 2}
        - {value: asr}
        - {id: c, value: "asr[seed=1", at_least: 1}
        - {id: d, value: "asr[sed=1]", at_least: 1}
        - {id: e, value: "asr[seed=7].worst", at_least: 1}
        - {id: f, value: "asrr", at_least: 1}
        - {id: g, value: asr, within: {abs: 1}}
        - {id: h, left: asr, greater_by: 1}
        - {id: i, value: asr, between: [2, 1], profiles: [smoke]}
        - {id: a, value: asr, at_least: x}

      """,
      gives: """
        spec.yaml:13:10: error: claim 'a' asserts nothing
           13 |   - {id: a, value: asr}
              |          ^
          exactly one of within, at_least, at_most, between, equals, greater_by, less_by, order, no_worse_than
          fix: add one
        spec.yaml:13:20: error: claim 'a': 'asr' selects 2 cells
           13 |   - {id: a, value: asr}
              |                    ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:14:10: error: claim 'b' has 2 conditions: at_least, at_most
           14 |   - {id: b, value: asr, at_least: 1, at_most: 2}
              |          ^
          exactly one of within, at_least, at_most, between, equals, greater_by, less_by, order, no_worse_than
          fix: make it 2 claims
        spec.yaml:14:20: error: claim 'b': 'asr' selects 2 cells
           14 |   - {id: b, value: asr, at_least: 1, at_most: 2}
              |                    ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:15:5: error: this claim has no 'id'
           15 |   - {value: asr}
              |     ^
          reports name claims by it
          fix: add id: NAME
        spec.yaml:15:5: error: this claim asserts nothing
           15 |   - {value: asr}
              |     ^
          exactly one of within, at_least, at_most, between, equals, greater_by, less_by, order, no_worse_than
          fix: add one
        spec.yaml:15:13: error: this claim: 'asr' selects 2 cells
           15 |   - {value: asr}
              |             ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:16:31: error: claim 'c': the end of the expression stands where ',' or ']' is due
           16 |   - {id: c, value: "asr[seed=1", at_least: 1}
              |                               ^
          cells are written table[axis=label].column, alone or in min, max, mean or range
          fix: quote labels with other characters: table[axis='a b']
        spec.yaml:17:20: error: claim 'd': table 'asr' has no axis 'sed'
           17 |   - {id: d, value: "asr[sed=1]", at_least: 1}
              |                    ^~~~~~~~~~~~
          its rows and columns: seed
          fix: did you mean 'seed'?
        spec.yaml:18:20: error: axis 'seed' has no label '7'
           18 |   - {id: e, value: "asr[seed=7].worst", at_least: 1}
              |                    ^~~~~~~~~~~~~~~~~~~
          its labels: 1, 2
        spec.yaml:18:20: error: claim 'e': table 'asr' has no column 'worst'
           18 |   - {id: e, value: "asr[seed=7].worst", at_least: 1}
              |                    ^~~~~~~~~~~~~~~~~~~
          it has: asr
        spec.yaml:19:20: error: claim 'f': there is no table 'asrr'
           19 |   - {id: f, value: "asrr", at_least: 1}
              |                    ^~~~~~
          fix: did you mean 'asr'?
        spec.yaml:20:10: error: 'within' of claim 'g' has no number to compare with
           20 |   - {id: g, value: asr, within: {abs: 1}}
              |          ^
          'within' compares with the paper's value
          fix: add paper: {value: NUMBER}
        spec.yaml:20:20: error: claim 'g': 'asr' selects 2 cells
           20 |   - {id: g, value: asr, within: {abs: 1}}
              |                    ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:21:10: error: claim 'h' has no 'right'
           21 |   - {id: h, left: asr, greater_by: 1}
              |          ^
          'greater_by' is about table cells
          fix: add right: "table[axis=label].column"
        spec.yaml:21:19: error: claim 'h': 'asr' selects 2 cells
           21 |   - {id: h, left: asr, greater_by: 1}
              |                   ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:22:34: error: 'between' of claim 'i' is a list
           22 |   - {id: i, value: asr, between: [2, 1], profiles: [smoke]}
              |                                  ^
          expected two numbers in order: [low, high]
        spec.yaml:22:53: error: there is no profile 'smoke'
           22 |   - {id: i, value: asr, between: [2, 1], profiles: [smoke]}
              |                                                     ^~~~~
          fix: choose one of: default
        spec.yaml:23:10: error: the claim 'a' is given twice
           23 |   - {id: a, value: asr, at_least: x}
              |          ^
          it stands on line 13
          fix: choose another id
        spec.yaml:23:20: error: claim 'a': 'asr' selects 2 cells
           23 |   - {id: a, value: asr, at_least: x}
              |                    ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:23:35: error: 'at_least' of claim 'a' is 'x'
           23 |   - {id: a, value: asr, at_least: x}
              |                                   ^
          expected a number
        """),
    ErrorCase(
      "orders, baselines and intervals",
      """
      version: 1
      name: t
      axes: {seed: [1, 2]}
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
      tables:
        asr: {from: attack.scores, rows: seed, value: asr}
      expect:
        - {id: a, order: [asr, ">"]}
        - {id: b, value: asr, order: [asr, ">", asr]}
        - {id: c, value: asr, no_worse_than: {abs: 1}}
        - {id: d, value: asr, at_least: 1, seeds: ci59}

      """,
      gives: """
        spec.yaml:11:20: error: 'order' of claim 'a' is a list
           11 |   - {id: a, order: [asr, ">"]}
              |                    ^
          expected cells with ">" or "<" between them: [a, ">", b, ">", c]
        spec.yaml:12:20: error: claim 'b': 'order' takes no 'value'
           12 |   - {id: b, value: asr, order: [asr, ">", asr]}
              |                    ^~~
          its cells stand in the list
          fix: remove 'value'
        spec.yaml:12:33: error: claim 'b': 'asr' selects 2 cells
           12 |   - {id: b, value: asr, order: [asr, ">", asr]}
              |                                 ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:12:43: error: claim 'b': 'asr' selects 2 cells
           12 |   - {id: b, value: asr, order: [asr, ">", asr]}
              |                                           ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:13:20: error: claim 'c': 'asr' selects 2 cells
           13 |   - {id: c, value: asr, no_worse_than: {abs: 1}}
              |                    ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:13:40: error: 'no_worse_than' of claim 'c' does not say which way is better
           13 |   - {id: c, value: asr, no_worse_than: {abs: 1}}
              |                                        ^
          the column of 'asr' declares none
          fix: add better: higher, or lower
        spec.yaml:14:20: error: claim 'd': 'asr' selects 2 cells
           14 |   - {id: d, value: asr, at_least: 1, seeds: ci59}
              |                    ^~~
          a claim is about one number; among them are 1, 2
          fix: name the labels of one, or take their min, max, mean or range
        spec.yaml:14:45: error: 'seeds' of claim 'd' is 'ci59'
           14 |   - {id: d, value: asr, at_least: 1, seeds: ci59}
              |                                             ^~~~
          expected one of mean, all, paired, ci95, bootstrap
          fix: did you mean 'ci95'?
        """),
  ]
}
