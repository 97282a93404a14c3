/// Why a GGUF file was refused, or does not hold what was asked of it.
package struct GGUFError: Error, Equatable, CustomStringConvertible {
  package let path: String
  package let problem: Problem

  package init(path: String, _ problem: Problem) {
    self.path = path
    self.problem = problem
  }

  package enum Problem: Equatable, Sendable {
    case unreadable(reason: String)
    case notGGUF(found: [UInt8])
    case version(UInt32)
    /// `what` needs more bytes than the file has left.
    case truncated(what: String, offset: Int, needed: UInt64, left: Int)
    case tooLarge(what: String, value: UInt64, limit: Int)
    case notText(what: String)
    case notBool(key: String, value: UInt8)
    case valueType(key: String, number: UInt32)
    case nestedTooDeep(key: String, limit: Int)
    case duplicate(what: String)
    case alignment(String)
    case tensorType(tensor: String, number: UInt32)
    case dimensions(tensor: String, [UInt64])
    case rowLength(tensor: String, length: Int, type: GGUFType)
    case misaligned(tensor: String, offset: UInt64, alignment: Int)
    case pastEnd(tensor: String, end: UInt64, left: Int)
    case missingKey(String)
    case wrongValue(key: String, found: String, expected: String)
    case missingTensor(String)
    case shape(tensor: String, found: [Int], expected: [Int])
    /// Two facts of the file that exclude each other.
    case contradiction(String)
  }

  package var what: String { problem.words.what }
  package var why: String { problem.words.why }
  package var fix: String { problem.remedy }

  package var description: String { "\(path): \(what)\n\(why)\nfix: \(fix)" }
}

extension GGUFError.Problem {
  /// What is wrong, and what was expected.
  fileprivate var words: (what: String, why: String) {
    switch self {
    case .unreadable(let reason):
      return ("cannot be read: \(reason)", "a model file must be there and readable")
    case .notGGUF(let found):
      let bytes = found.map { String($0, radix: 16) }.joined(separator: " ")
      return ("it starts with the bytes \(bytes)", "a GGUF file starts with GGUF: 47 47 55 46")
    case .version(let version):
      return ("it is of GGUF version \(version)", "versions 2 and 3 can be read")
    case .truncated(let what, let offset, let needed, let left):
      return (
        "\(what) at byte \(offset) needs \(needed) bytes, \(left) are left",
        "the file is cut short, or a length in it is damaged"
      )
    case .tooLarge(let what, let value, let limit):
      return ("\(what) is \(value)", "at most \(limit) is accepted: no model needs more")
    case .notText(let what): return ("\(what) is not UTF-8", "texts of a GGUF file are UTF-8")
    case .notBool(let key, let value):
      return ("key \"\(key)\" holds the byte \(value)", "a truth value is 0 or 1")
    case .nestedTooDeep(let key, let limit):
      return ("key \"\(key)\" nests arrays more than \(limit) deep", "no model needs that")
    case .duplicate(let what):
      return ("\(what) stands there twice", "one of the two would be ignored")
    default: return layoutWords
    }
  }

  private var layoutWords: (what: String, why: String) {
    switch self {
    case .valueType(let key, let number):
      return ("key \"\(key)\" has a value of type \(number)", "types are 0 to 12")
    case .alignment(let value):
      return ("general.alignment is \(value)", "it is a power of two up to 65536")
    case .tensorType(let tensor, let number):
      let name = GGUFType.name(of: number).map { "\($0) (type \(number))" } ?? "type \(number)"
      let known = GGUFType.allCases.map(\.name).joined(separator: ", ")
      return ("tensor \"\(tensor)\" is of \(name)", "\(known) can be read")
    case .dimensions(let tensor, let sizes):
      return (
        "tensor \"\(tensor)\" has the dimensions \(sizes)",
        "one to four are possible, each in 1...\(Int32.max)"
      )
    case .rowLength(let tensor, let length, let type):
      return (
        "tensor \"\(tensor)\" has rows of \(length) weights",
        "\(type.name) stores blocks of \(type.blockCount), which never straddle rows"
      )
    case .misaligned(let tensor, let offset, let alignment):
      return (
        "tensor \"\(tensor)\" starts at data byte \(offset)",
        "tensors start at multiples of \(alignment)"
      )
    case .pastEnd(let tensor, let end, let left):
      return (
        "tensor \"\(tensor)\" ends at data byte \(end)", "the file has \(left) data bytes"
      )
    case .missingKey(let key): return ("no key \"\(key)\"", "the model cannot be read without it")
    case .wrongValue(let key, let found, let expected):
      return ("key \"\(key)\" is \(found)", "expected \(expected)")
    case .missingTensor(let name):
      return ("no tensor \"\(name)\"", "the model cannot be read without it")
    case .shape(let tensor, let found, let expected):
      return ("tensor \"\(tensor)\" has the shape \(found)", "the metadata asks for \(expected)")
    case .contradiction(let what): return (what, "the file contradicts itself")
    default: preconditionFailure("GGUF: a problem without words")
    }
  }

  fileprivate var remedy: String {
    switch self {
    case .unreadable: "check the path and its permissions"
    case .tensorType, .version: "use a file with other types, such as Q4_1, Q8_0 or F32"
    case .missingKey, .wrongValue, .missingTensor, .shape: "use a file of a llama model"
    default: "fetch the file again, or make it again"
    }
  }
}
