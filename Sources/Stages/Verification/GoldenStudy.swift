/// Every stage type once, on a handful of embedded images: what its outputs must hash to.
///
/// An edit of the sources changes the cache keys by itself. This notices a change of *results* that
/// nobody meant to make, or that a stage's version, or that of the arithmetic, does not tell.
package enum GoldenStudy {
  package static let file = "golden.yaml"
  /// Stands for the arithmetic where none matters.
  package static let anyTag = "any"
  /// Stage types that do nothing but read files of a user's or of a data set, and so have no place
  /// here.
  package static let readers: Set = ["clip.load", "vision.fashion_scenes", "vision.folder"]

  package static let specification = """
    version: 1
    name: golden
    defaults: {with: {intensities: [0.5, 1.0]}}
    axes: {train: [mix], seed: [0], estimator: [tarnet, cfr]}
    stages:
      data: {uses: dataset.images, with: {prefer: [objects10], train: 120, test: 40}}
      note: {uses: text.write, with: {text: "one line"}}
      trigger: {uses: backdoor.trigger, inputs: {images: data.test}}
      poison:
        uses: backdoor.poison
        inputs: {train: data.train, trigger: trigger.trigger}
        with: {intensities: [1.0, 0.1], rate: 0.1}
      model:
        uses: train.classifier
        inputs: {train: data.train, overlay: poison.overlay, test: data.test}
        with: {width: 2, epochs: 1, batch: 32}
      attack:
        uses: backdoor.eval
        matrix: [train, seed]
        inputs: {model: model.model, trigger: trigger.trigger, test: data.test}
      scaleup:
        uses: defense.scaleup
        matrix: [train, seed]
        inputs: {model: model.model, trigger: trigger.trigger, test: data.test, reference: data.train}
        with: {modes: [data_free, data_limited], reference_per_class: 5}
      matrix:
        uses: backdoor.matrix
        inputs: {asr: {from: attack.asr, gather: true}, detect: {from: scaleup.detect, gather: true}}
      strip:
        uses: defense.strip
        inputs: {model: model.model, trigger: trigger.trigger, test: data.test, reference: data.train}
        with: {overlays: 4, limit: 20}
      spectral:
        uses: defense.spectral
        inputs: {model: model.model, train: data.train, overlay: poison.overlay}
      clusters:
        uses: defense.activation_clustering
        inputs: {model: model.model, train: data.train, overlay: poison.overlay}
      repair:
        uses: defense.fine_pruning
        inputs: {model: model.model, trigger: trigger.trigger, train: data.train, test: data.test}
        with: {share: 0.3, epochs: 1, batch: 16}
      cleanse:
        uses: defense.neural_cleanse
        inputs: {model: model.model, images: data.test}
        with: {steps: 3, batch: 8}
      units: {uses: causal.dataset, with: {name: made}}
      parts: {uses: causal.split, inputs: {data: units.data}}
      propensity: {uses: causal.propensity, inputs: {data: parts.data}}
      effects:
        uses: causal.fit
        matrix: [estimator]
        inputs: {data: parts.data}
        with: {estimator: "${matrix.estimator}", rep: [8], head: [4], steps: 20, batch: 50}
      average:
        uses: causal.ate
        matrix: [estimator]
        inputs: {data: parts.data, propensity: propensity.propensity, effects: effects.effects}
      score:
        uses: causal.evaluate
        matrix: [estimator]
        inputs: {data: parts.data, effects: effects.effects}
      compare: {uses: causal.compare, inputs: {scores: {from: score.metrics, gather: true}}}
      spread:
        uses: causal.uncertainty
        inputs: {data: parts.data}
        with: {estimator: ols_t, fits: 3}
      refute:
        uses: causal.refute
        inputs: {data: parts.data}
        with: {estimator: ols_t, draws: 2}
      hidden:
        uses: causal.sensitivity
        inputs: {data: parts.data, propensity: propensity.propensity}
      policy:
        uses: causal.policy
        matrix: [estimator]
        inputs: {data: parts.data, effects: effects.effects}
      cells:
        uses: crash.synth
        with: {grid: 6, n: 300}
      halves:
        uses: causal.split
        inputs: {data: cells.crashes}
      chances: {uses: causal.propensity, inputs: {data: halves.data}}
      lines: {uses: causal.fit, inputs: {data: halves.data}, with: {estimator: ols_t}}
      fifths:
        uses: causal.calibration
        inputs: {data: halves.data, effects: lines.effects, propensity: chances.propensity}
      whom:
        uses: equity.effects
        inputs: {data: halves.data, effects: lines.effects, tracts: cells.tracts}
        with: {draws: 20}
      burden:
        uses: equity.report
        inputs: {tracts: cells.tracts, values: whom.areas}
        with: {column: outcome}
      near:
        uses: spatial.autocorr
        inputs: {tracts: cells.tracts, adjacency: cells.adjacency}
        with: {transform: log, permutations: 99}
      chart: {uses: crash.map, inputs: {tracts: cells.tracts, lisa: near.lisa}}
      written:
        uses: shell
        with:
          run: |
            printf '{"type":"FeatureCollection","features":[{"properties":{"geoid":"1"},' > $OUT_map
            printf '"geometry":{"type":"Polygon","coordinates":[[[0,0],[60,0],[60,60],[0,60],' >> $OUT_map
            printf '[0,0]]]}}]}' >> $OUT_map
            echo id,longitude,latitude,treated,severity,speed > $OUT_records
            for i in $(seq 1 50); do echo $i,$i,$i,$((i % 2)),$((i % 3)),$i; done >> $OUT_records
          outputs: {map: file, records: file}
      square: {uses: geo.tracts, inputs: {outlines: written.map}, with: {polygons: "", table: ""}}
      records:
        uses: crash.load
        inputs: {records: written.records}
        with: {schema: custom, file: "", features: [speed]}
      inside:
        uses: geo.join
        inputs: {crashes: records.crashes, places: records.places, tracts: square.tracts}
      language: {uses: model.load_gguf, with: {prefer: [random]}}
      stories: {uses: text.load, with: {prefer: [generated], bytes: 3000}}
      scores:
        uses: lm.score_text
        inputs: {model: language.model, text: stories.text, info: stories.info}
        with: {window: 64, windows: 2}
      words:
        uses: lm.generate
        inputs: {model: language.model}
        with: {prompt: "At noon", temperature: 0.8, max_new: 6}
      learn:
        uses: lm.finetune
        inputs: {model: language.model, text: stories.text}
        with: {steps: 2, length: 32}
      needles:
        uses: longctx.make_task
        inputs: {model: language.model, text: stories.text}
        with: {lengths: [600], depths: [0.5], samples: 1}
      found:
        uses: longctx.eval
        matrix: [train]
        inputs: {model: language.model, dataset: needles.dataset}
        with: {window: 512}
      paired:
        uses: longctx.report
        inputs: {samples: {from: found.samples, gather: true}}
        with: {reference: mix}
      ends:
        uses: longctx.perplexity
        inputs: {model: language.model, text: stories.text}
        with: {lengths: [600], query_len: 32, window: 512}
      look:
        uses: longctx.attention_bias
        inputs: {model: language.model, dataset: needles.dataset}
        with: {window: 512}
      clock:
        uses: longctx.throughput
        inputs: {model: language.model, dataset: needles.dataset}
        with: {window: 512, rounds: 1}
      times:
        uses: shell
        matrix: [train]
        with:
          run: printf 'method,length,prefill,cache,decode\\ntruncate,600,2.5,1.5,3.5\\n' > $OUT_rows
          outputs: {rows: table}
      sooner:
        uses: longctx.speedup
        inputs: {model: language.model, throughput: {from: times.rows, gather: true}}
        with: {full: mix, without_eviction: mix, beyond: [1200]}
      drawn: {uses: vision.scenes, with: {count: 24, size: 32, colours: 2, shapes: 2}}
      towers:
        uses: clip.train
        inputs: {images: drawn.images}
        with: {vision_width: 16, text_width: 16, joint: 8, vision_layers: 1, epochs: 1, batch: 8}
      named: {uses: clip.zeroshot, inputs: {model: towers.model, images: drawn.images}}
      maps:
        uses: explain.heatmap
        matrix: [train]
        inputs: {model: towers.model, images: drawn.images}
      places:
        uses: explain.localisation
        inputs: {images: drawn.images, maps: {from: maps.maps, gather: true}}
        with: {bootstrap: 100}
      removal:
        uses: explain.faithfulness
        inputs:
          {model: towers.model, images: drawn.images, maps: {from: maps.maps, gather: true}}
        with: {bootstrap: 100, steps: 10, every: 5, topk: 1}
      spoken: {uses: explain.words, inputs: {model: towers.model, images: drawn.images}}
      concrete: {uses: explain.concreteness, inputs: {words: spoken.words}}
      sheet:
        uses: explain.figure
        inputs: {images: drawn.images, maps: {from: maps.maps, gather: true}}
        with: {rows: 2, side: 32}
      finer:
        uses: clip.finegrain
        inputs: {model: towers.model, images: drawn.images, test: drawn.images}
        with: {epochs: 1, batch: 8}
      merged: {uses: model.merge_gguf, inputs: {model: language.model, adapter: learn.adapter}}
      script:
        uses: shell
        inputs: {classes: data.classes}
        with:
          run: |
            printf 'n,share,name\\n1,0.5,a\\n2,,b\\n' > $OUT_rows
            printf '{"b": 1.50, "a": [1, 2]}' > $OUT_data
            mkdir -p $OUT_folder/deep; cp $FILE_classes $OUT_folder/deep/classes.json
          outputs: {rows: table, data: json, folder: directory}
      program:
        uses: exec
        inputs: {folder: script.folder}
        with:
          program: [sh, -c, "cat > out/job; cp in/folder/deep/classes.json out/again; echo {} > result.json"]
          params: {rate: 0.5}
          outputs: {job: json, again: file}
    """

  /// The hash that an output must have, by `instance.output`.
  ///
  /// - Parameter tag: the arithmetic behind the stage, or ``anyTag``.
  /// - Returns: `nil` when nobody has taken the hashes on such a machine yet.
  package static func hashes(tag: String) -> [String: String]? {
    var found: [String: String] = [:]
    for line in GoldenHashes.text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 3, words[0] == tag { found[String(words[1])] = String(words[2]) }
    }
    return found.isEmpty ? nil : found
  }

  /// The source file with these hashes beside those of other machines.
  package static func source(
    replacing fresh: [(tag: String, output: String, hash: String)]
  ) -> String {
    let tags = Set(fresh.map(\.tag))
    let kept = GoldenHashes.text.split(separator: "\n").map(String.init).filter { line in
      !tags.contains(String(line.prefix { $0 != " " }))
    }
    let lines = (kept + fresh.map { "\($0.tag) \($0.output) \($0.hash)" }).sorted()
    return """
      /// Written by 'make golden': the arithmetic ('any' where none matters), the output and the first
      /// 16 digits of its SHA-256.
      enum GoldenHashes {
        static let text = \"\"\"
      \(lines.map { "    " + $0 + "\n" }.joined())    \"\"\"
      }

      """
  }
}
