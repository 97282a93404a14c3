/// "1 stage", "3 stages"
///
/// - Parameters:
///   - count: how many.
///   - noun: what there is, in the singular; its plural ends in s.
/// - Returns: the two as words.
package func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)" + (count == 1 ? "" : "s")
}
