/// Keys (already turned by their positions) and values of past tokens, for every layer and key
/// head. Heads may hold different tokens and different numbers of them.
///
/// A value: a copy shares memory until one of the two grows, so that several continuations may
/// start from one prefix.
package struct KeyValueCache: Sendable {
  /// Past tokens of one head.
  struct Head: Sendable {
    /// `[capacity, headSize]`, of which the first `count` rows are tokens.
    var keys: Tensor
    var values: Tensor
    var count = 0
  }

  package let headSize: Int
  /// For each layer its key heads.
  private(set) var layers: [[Head]]

  /// An empty cache.
  ///
  /// - Parameters:
  ///   - configuration: of the model.
  ///   - capacity: tokens to make room for at once; more room is made when needed.
  package init(_ configuration: LlamaConfiguration, capacity: Int = 0) {
    headSize = configuration.headSize
    let shape: Shape = [capacity, headSize]
    layers = (0..<configuration.layers).map { _ in
      (0..<configuration.keyHeads).map { _ in
        Head(keys: Tensor(uninitialized: shape), values: Tensor(uninitialized: shape))
      }
    }
  }

  private init(headSize: Int, layers: [[Head]]) {
    (self.headSize, self.layers) = (headSize, layers)
  }

  /// A cache of no model, to hold a place.
  static let empty = KeyValueCache(headSize: 0, layers: [])

  /// Tokens that a head holds.
  package func count(layer: Int, head: Int) -> Int { layers[layer][head].count }

  /// Keys of a head, turned, `[tokens, headSize]`.
  package func keys(layer: Int, head: Int) -> Tensor {
    layers[layer][head].keys.rows(0..<layers[layer][head].count)
  }

  /// Values of a head, `[tokens, headSize]`.
  package func values(layer: Int, head: Int) -> Tensor {
    layers[layer][head].values.rows(0..<layers[layer][head].count)
  }

  /// Tokens of the head that holds most.
  package var longest: Int { layers.joined().map(\.count).max() ?? 0 }

  /// Bytes of the tokens held, without room to grow.
  package var byteCount: Int {
    layers.joined().reduce(0) { $0 + $1.count } * 2 * headSize * MemoryLayout<Float>.stride
  }

  /// Adds tokens to all heads of a layer.
  ///
  /// - Parameters:
  ///   - layer: which.
  ///   - keys: of token 0, head 0; heads lie side by side.
  ///   - values: the same.
  ///   - stride: floats between tokens.
  ///   - tokens: how many.
  mutating func append(
    layer: Int, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, stride: Int, tokens: Int
  ) {
    let size = headSize
    for h in layers[layer].indices {
      layers[layer][h].reserve(layers[layer][h].count + tokens)
      let start = layers[layer][h].count * size
      layers[layer][h].keys.withUnsafeMutableFloats { target in
        for t in 0..<tokens {
          (target + start + t * size).update(from: keys + t * stride + h * size, count: size)
        }
      }
      layers[layer][h].values.withUnsafeMutableFloats { target in
        for t in 0..<tokens {
          (target + start + t * size).update(from: values + t * stride + h * size, count: size)
        }
      }
      layers[layer][h].count += tokens
    }
  }
}

extension KeyValueCache {
  /// Keeps some tokens of a head, in the given order.
  ///
  /// - Precondition: indices of tokens that the head holds.
  package mutating func select(layer: Int, head: Int, _ indices: [Int]) {
    layers[layer][head].keep(indices)
  }

  /// Removes some tokens of a head.
  ///
  /// - Precondition: indices of tokens that the head holds.
  package mutating func drop(layer: Int, head: Int, _ indices: [Int]) {
    guard !indices.isEmpty else { return }
    let gone = Set(indices)
    layers[layer][head].keep((0..<layers[layer][head].count).filter { !gone.contains($0) })
  }

  /// Keeps the same tokens in all heads of all layers.
  package mutating func select(_ indices: [Int]) {
    for layer in layers.indices {
      for head in layers[layer].indices { select(layer: layer, head: head, indices) }
    }
  }

  /// Keeps the first tokens of all heads.
  ///
  /// - Precondition: no head holds fewer.
  package mutating func truncate(to count: Int) {
    for layer in layers.indices {
      for head in layers[layer].indices {
        precondition(
          count >= 0 && count <= layers[layer][head].count,
          "cache: truncate \(layers[layer][head].count) tokens to \(count)")
        layers[layer][head].count = count
      }
    }
  }

  /// The tokens of several caches one after another, head by head; keys stay turned as they are.
  ///
  /// - Parameters:
  ///   - caches: at least one, all of one model.
  ///   - room: tokens that may follow before memory is asked for again.
  package init(concatenating caches: [KeyValueCache], room: Int = 0) {
    precondition(!caches.isEmpty, "cache: nothing to concatenate")
    self = caches[0]
    for layer in layers.indices {
      for head in layers[layer].indices {
        layers[layer][head] = Head(
          concatenating: caches.map { $0.layers[layer][head] }, room: room)
      }
    }
  }

  /// Makes room for `tokens` more in every head, so that the next ones move nothing.
  package mutating func reserve(room tokens: Int) {
    for layer in layers.indices {
      for head in layers[layer].indices { layers[layer][head].makeRoom(tokens) }
    }
  }
}

extension KeyValueCache {
  /// Moves the positions of the first tokens of all heads.
  ///
  /// Turning is relative, so a key of position p turned by the angles of `distance` more is the key
  /// of position p + `distance`.
  ///
  /// - Parameters:
  ///   - tokens: how many, from the first.
  ///   - distance: how far; may be negative.
  ///   - rotary: the angles that the keys were turned with.
  ///   - model: the model's constants.
  package mutating func shift(
    first tokens: Int, by distance: Int, rotary: RotarySettings, of model: LlamaConfiguration
  ) {
    guard distance != 0, tokens > 0 else { return }
    let angles = rotary.positions([distance], of: model)
    for layer in layers.indices {
      for head in layers[layer].indices {
        let count = min(tokens, layers[layer][head].count)
        angles.turn(&layers[layer][head].keys, rows: 0..<count, heads: 1, lanes: Lanes(1))
      }
    }
  }
}

extension KeyValueCache.Head {
  private var size: Int { keys.shape[1] }

  fileprivate init(concatenating parts: [KeyValueCache.Head], room: Int) {
    let count = parts.reduce(0) { $0 + $1.count }
    let size = parts[0].size
    func joined(_ rows: (KeyValueCache.Head) -> Tensor) -> Tensor {
      Tensor([count + room, size]) { target in
        var start = 0
        for part in parts {
          rows(part).withUnsafeFloats {
            (target + start).update(from: $0, count: part.count * size)
          }
          start += part.count * size
        }
      }
    }
    self.init(keys: joined(\.keys), values: joined(\.values), count: count)
  }

  fileprivate mutating func makeRoom(_ tokens: Int) {
    if count + tokens > keys.shape[0] { resize(to: count + tokens) }
  }

  /// Makes room for `needed` tokens: twice what there was, or what is asked for.
  fileprivate mutating func reserve(_ needed: Int) {
    let capacity = keys.shape[0]
    guard needed > capacity else { return }
    resize(to: max(needed, 2 * capacity))
  }

  private mutating func resize(to capacity: Int) {
    let held = count * size
    func resized(_ old: Tensor) -> Tensor {
      Tensor([capacity, size]) { target in
        old.withUnsafeFloats { target.update(from: $0, count: held) }
      }
    }
    keys = resized(keys)
    values = resized(values)
  }

  fileprivate mutating func keep(_ indices: [Int]) {
    precondition(
      indices.allSatisfy { $0 >= 0 && $0 < count }, "cache: a token is outside 0..<\(count)")
    keys = keys.gathered(rows: indices)
    values = values.gathered(rows: indices)
    count = indices.count
  }
}
